"""PREDICTOR_LOG_OMIT: which columns it names."""

import pytest

from predictor.prediction_log.omitted_columns import OmittedColumns
from shared.errors import SettingsError
from tests.support.models.mixed import FEATURES


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("", set()),
        ("age", {"age"}),
        (" age , town", {"age", "town"}),
        ('["age", "a, b"]', {"age"}),
        ("\u200bage", {"age"}),  # an invisible blank
        ("Age", set()),
    ],
)
def test_columns_are_named_as_in_the_model(setting: str, found: set[str]) -> None:
    assert OmittedColumns(setting).find(FEATURES) == found


def test_a_name_that_the_model_lacks_is_a_warning_once(caplog: pytest.LogCaptureFixture) -> None:
    omitted = OmittedColumns("adge,town")

    omitted.warn(FEATURES)
    omitted.warn(FEATURES)

    assert caplog.text.count("'adge'") == 1
    assert "Did you mean 'age'?" in caplog.text
    assert "'town'" not in caplog.text


def test_a_broken_list_stops_the_start() -> None:
    with pytest.raises(SettingsError, match='PREDICTOR_LOG_OMIT=\\["age" is not a JSON list'):
        OmittedColumns('["age"')

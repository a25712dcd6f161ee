"""A warning of a library is written once in a run, whichever steps repeat it."""

import warnings
from io import StringIO
from pathlib import Path

import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from shared.errors import UndecidedError
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.tables.tables import write_csv
from trainer.console import Console
from trainer.fitting.warning_notes import note_warnings
from trainer.settings import TrainerSettings
from trainer.training import train

_ENCODER = OneHotEncoder(drop="first", handle_unknown="ignore")
CANDIDATES = {
    "own": make_pipeline(make_column_transformer((_ENCODER, ["town"])), LogisticRegression())
}


@pytest.mark.filterwarnings("default::UserWarning")
def test_unknown_categories_are_one_note_in_a_whole_run(
    store: ModelStore, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    towns = [f"t{n}" if n < 30 else f"t{n % 7}" for n in range(200)]
    path = write_csv(tmp_path / "a.csv", {"town": towns, "y": [n % 2 for n in range(200)]})
    output = StringIO()
    own = TrainerSettings(
        dataset=path, target="y", candidates=f"{__name__}:CANDIDATES", wait_seconds=0
    )

    with pytest.raises(UndecidedError):
        train(CommonSettings(store_dir=store.layout.root), own, Console(output))

    notes = [line for line in output.getvalue().splitlines() if "unknown categories" in line]
    assert len(notes) == 1
    assert notes[0].startswith("note: UserWarning: Found unknown categories in columns [0]")
    assert capsys.readouterr().err == ""


def test_other_warnings_are_not_shown() -> None:
    output = StringIO()
    with note_warnings(Console(output)):
        warnings.simplefilter("always")
        for _ in range(3):
            warnings.warn("a number overflowed", RuntimeWarning, stacklevel=1)
            warnings.warn("an option will be renamed", DeprecationWarning, stacklevel=1)
        warnings.warn("a number overflowed again", RuntimeWarning, stacklevel=1)
    assert output.getvalue().splitlines() == [
        "note: RuntimeWarning: a number overflowed",
        "note: RuntimeWarning: a number overflowed again",
    ]

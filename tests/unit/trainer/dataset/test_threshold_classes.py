"""TRAINER_THRESHOLD is about the positive of two classes; otherwise one sentence says so."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from shared.errors import SettingsError
from shared.settings import load_settings
from tests.support.tables.tables import write_csv
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings


def classes(folder: Path, target: Sequence[object], metric: str, **settings: Any) -> list[str]:
    values = [*target] * 20
    path = write_csv(folder / "table.csv", {"x": range(0, 2 * len(values), 2), "y": values})
    own = TrainerSettings(dataset=path, target="y", threshold=0.3, **settings)
    return list(load_dataset(own, metric).schema.classes)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ([0, 1], ["0", "1"]),
        ([-1, 1], ["-1", "1"]),
        ([1.0, 0.0], ["0", "1"]),
        (["true", "false"], ["false", "true"]),
    ],
)
def test_usual_labels_have_a_positive_class(
    tmp_path: Path, target: Sequence[object], expected: list[str]
) -> None:
    assert classes(tmp_path, target, "accuracy") == expected


@pytest.mark.parametrize("target", [["no", "yes"], [1, 2], ["False", "sure"]])
def test_for_other_labels_a_person_names_it(tmp_path: Path, target: Sequence[object]) -> None:
    first, second = (str(value) for value in target)
    with pytest.raises(
        SettingsError,
        match="TRAINER_THRESHOLD depends on which class of 'y' is the positive one. "
        f"Set TRAINER_POSITIVE_LABEL to '{first}' or '{second}'",
    ):
        classes(tmp_path, target, "accuracy")
    named = classes(tmp_path, target, "accuracy", positive_label=first)
    assert named == [second, first]


def test_the_default_data_has_one_already() -> None:
    data = load_dataset(TrainerSettings(threshold=0.3), "accuracy")
    assert data.schema.classes == ("malignant", "benign")


@pytest.mark.parametrize(
    ("target", "metric", "found"),
    [
        (["a", "b", "c"], "f1_macro", "has 3 classes. Leave it unset."),
        ([1.5, 2.5, 4.0], "r2", "has numbers to predict. Leave it unset."),
    ],
)
def test_other_tasks_have_no_threshold(
    tmp_path: Path, target: Sequence[object], metric: str, found: str
) -> None:
    with pytest.raises(
        SettingsError, match=f"TRAINER_THRESHOLD is for two classes, but 'y' {found}"
    ):
        classes(tmp_path, target, metric)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("30", "above 0 and below 1, found '30'; did you mean TRAINER_THRESHOLD=0.3?"),
        ("0,3", "did you mean TRAINER_THRESHOLD=0.3?"),
        ("30%", "did you mean TRAINER_THRESHOLD=0.3?"),
        ("1", "did you mean TRAINER_THRESHOLD=0.01?"),
        ("-0.3", "did you mean TRAINER_THRESHOLD=0.3?"),
        ("0", "above 0 and below 1, found '0'."),
        ("nan", "above 0 and below 1, found 'nan'."),
        ("high", "a number above 0 and below 1, found 'high'."),
    ],
)
def test_a_number_that_is_no_threshold_is_refused_with_the_likely_one(
    monkeypatch: pytest.MonkeyPatch, text: str, message: str
) -> None:
    monkeypatch.setenv("TRAINER_THRESHOLD", text)
    with pytest.raises(SettingsError) as refused:
        load_settings(TrainerSettings)
    assert message in str(refused.value)


@pytest.mark.parametrize("text", ["0.3", "1e-9", ".5", "0.999"])
def test_a_number_between_0_and_1_is_accepted(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("TRAINER_THRESHOLD", text)
    assert load_settings(TrainerSettings).threshold == float(text)

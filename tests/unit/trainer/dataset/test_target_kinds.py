"""The cells of the target decide between classes and numbers, or a setting does."""

from pathlib import Path

import pytest

from shared.errors import DatasetError, SettingsError
from tests.unit.trainer.dataset.kind_tables import LABELS, NUMBERS, ROWS, load

AS_CLASSES = {"types": '{"y": "category"}'}
AS_NUMBERS = {"types": '{"y": "number"}'}
AS_BOOLEANS = {"types": '{"y": "boolean"}'}
TARGETS: dict[str, tuple[list[str], str, dict[str, str], str]] = {
    "codes": (["01", "02"], "accuracy", {}, "classes 01 02"),
    "numbers by setting": (["1", "2"], "r2", AS_NUMBERS, "numbers"),
    "classes of numbers": (["1.5", "2.5"], "accuracy", AS_CLASSES, "classes 1.5 2.5"),
    "two classes": (["10", "9"], "f1", AS_CLASSES | {"positive_label": "9"}, "classes 10 9"),
    "booleans by setting": (["yes", "no"], "f1", AS_BOOLEANS, "classes false true"),
    "money": (["$1,200.50", "$7"], "r2", AS_NUMBERS, "numbers"),
    "two spellings of one number": (["1.5", "1.50", "2.5"], "r2", {}, "numbers"),
}


@pytest.mark.parametrize(("cells", "metric", "settings", "expected"), TARGETS.values(), ids=TARGETS)
def test_the_kind_of_the_target(
    tmp_path: Path, cells: list[str], metric: str, settings: dict[str, str], expected: str
) -> None:
    data = load(tmp_path, {"x": NUMBERS, "y": cells * (ROWS // len(cells))}, metric, **settings)

    found = f"classes {' '.join(data.schema.classes)}" if data.schema.classes else "numbers"
    assert found == expected


BAD_TARGETS: dict[str, tuple[list[str], str, dict[str, str], str]] = {
    "one cell that is not a number": (
        [*["1.5"] * (ROWS - 1), "n.a."],
        "r2",
        {},
        "the target 'y' .numbers, except 'n.a.' in 1 row.* or correct these cells",
    ),
    "whole numbers and a mark": (
        [*["1", "2"] * (ROWS // 2 - 1), "2", "n.a."],
        "r2",
        {},
        "'n.a.' in 1 row; in line 61.. Remove these rows, or correct these cells.$",
    ),
    "money": (["$1,200.50", "$7"] * (ROWS // 2), "r2", {}, """ Set TRAINER_TYPES=.* numbers.$"""),
    "money as classes": (
        ["$1,200.50", "$7"] * (ROWS // 2),
        "accuracy",
        {},
        '. Set TRAINER_TYPES=\'{"y": "category"}\' .* cells. To predict numbers, set METRIC=r2.$',
    ),
    "missing by setting": (
        [*["1.5"] * (ROWS - 1), "n.a."],
        "r2",
        {"missing": "n.a."},
        "'y' is missing in 1 of 60 rows, in line 61. Fill in the values, or remove these rows",
    ),
    "a metric of classes": (
        LABELS,
        "accuracy",
        AS_NUMBERS,
        "'y' is a number by TRAINER_TYPES, so it is a regression",
    ),
    "dates": (["2024-03-14", "2024-03-15"] * 30, "accuracy", {}, "'y' holds dates such as"),
}


@pytest.mark.parametrize(
    ("cells", "metric", "settings", "message"), BAD_TARGETS.values(), ids=BAD_TARGETS
)
def test_an_unclear_target_is_one_message(
    tmp_path: Path, cells: list[str], metric: str, settings: dict[str, str], message: str
) -> None:
    with pytest.raises((DatasetError, SettingsError), match=message):
        load(tmp_path, {"x": NUMBERS, "y": cells}, metric, **settings)


def test_classes_that_look_alike_are_noted(tmp_path: Path) -> None:
    cells = ["Yes", "yes", "No", "N/o"] * (ROWS // 4)

    data = load(tmp_path, {"x": NUMBERS, "y": cells})

    (note,) = data.notes
    assert note == (
        "'y' has classes that look alike: 'Yes' in 15 rows, 'yes' in 15 rows. Write each class in "
        "one way."
    )

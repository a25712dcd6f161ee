"""All problems of a table are found in one reading, as far as they are independent."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import DatasetError, ProblemsError, SettingsError
from tests.support.tables.tables import write_csv
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings

ROWS = 60


def columns(**changed: list[Any]) -> dict[str, list[Any]]:
    """Return a good table with some of its columns changed."""
    good: dict[str, list[Any]] = {
        "width": [n * 7 % 23 for n in range(ROWS)],
        "city": [("Graz", "Wien", "Linz")[n % 3] for n in range(ROWS)],
        "y": [n % 2 for n in range(ROWS)],
    }
    return {**good, **changed}


def problems_of(path: Path, metric: str = "accuracy", **settings: Any) -> list[str]:
    """Load a table, and return the messages of all its problems."""
    own = TrainerSettings(dataset=path, **{"target": "y"} | settings)
    try:
        load_dataset(own, metric)
    except ProblemsError as several:
        return [str(each) for each in several.problems]
    except (SettingsError, DatasetError) as one:
        return [str(one)]
    return []


def table(folder: Path, **changed: list[Any]) -> Path:
    return write_csv(folder / "table.csv", columns(**changed))


def test_a_good_table_has_no_problem(tmp_path: Path) -> None:
    assert problems_of(table(tmp_path)) == []


def test_one_problem_is_raised_as_it_is(tmp_path: Path) -> None:
    own = TrainerSettings(dataset=table(tmp_path), target="y", drop="citty")

    with pytest.raises(
        DatasetError, match="^TRAINER_DROP=citty is not in .*Did you mean 'city'"
    ) as e:
        load_dataset(own, "accuracy")

    assert not isinstance(e.value, ProblemsError)


def test_every_setting_with_an_unknown_column_is_named(tmp_path: Path) -> None:
    found = problems_of(
        table(tmp_path),
        target="z",
        drop="nothing,cities",
        row_key="number",
        time="day",
        types='{"widht": "number", "street": "category"}',
        missing='{"towns": ["?"]}',
    )

    names = [message.split(" is not in ")[0] for message in found]
    assert names == [
        "TRAINER_TARGET=z",
        "TRAINER_ROW_KEY=number",
        "TRAINER_TIME=day",
        "TRAINER_DROP=nothing",
        "TRAINER_DROP=cities",
        "TRAINER_TYPES=widht",
        "TRAINER_TYPES=street",
        "TRAINER_MISSING=towns",
    ]


def test_a_misspelt_column_is_checked_as_the_one_that_was_meant(tmp_path: Path) -> None:
    keys = [f"K{n * 7919 % 10_007}" for n in range(ROWS)]
    path = table(tmp_path, customer=keys, y=["", *("ab"[n % 2] for n in range(1, ROWS))])

    found = problems_of(path, target="Y ", drop="custmer")

    assert len(found) == 3
    assert found[0].startswith("TRAINER_TARGET=Y is not in")
    assert found[1].startswith("TRAINER_DROP=custmer is not in")
    assert found[2].startswith("The target column 'y' is missing in 1 of 60 rows")


def test_proposed_settings_have_the_corrected_names(tmp_path: Path) -> None:
    """A value that is copied from one message does not bring back another problem."""
    path = table(
        tmp_path,
        customer=[f"K{n * 7919 % 10_007}" for n in range(ROWS)],
        fee=[*range(ROWS - 1), "?"],
    )

    found = problems_of(path, drop="ctiy,nonsense", types='{"widht": "number", "x": "number"}')

    (refused,) = [message for message in found if "cannot be features" in message]
    assert refused.endswith("TRAINER_DROP=city,customer")
    (unclear,) = [message for message in found if "type is unclear" in message]
    assert """TRAINER_TYPES='{"width": "number", "fee": "category"}'""" in unclear


def test_proposals_of_two_messages_can_both_be_followed(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        slot=[f"0{n % 10}:30" for n in range(ROWS)],
        fee=[*(f'"{n},5"' for n in range(ROWS - 1)), "n.a."],
    )
    unclear, refused = problems_of(path)
    assert """TRAINER_TYPES='{"fee": "number with decimal comma"}'""" in unclear
    types = """{"fee": "number with decimal comma", "slot": "category"}"""
    assert f"TRAINER_TYPES='{types}'" in refused
    assert "TRAINER_MISSING=n.a." in unclear

    assert problems_of(path, types=types, missing="n.a.") == []


def test_problems_of_columns_target_and_metric_are_one_list(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        customer=[f"K{n * 7919 % 10_007}" for n in range(ROWS)],
        since=[f"2025-01-{n % 28 + 1:02d}" for n in range(ROWS)],
        fee=[*range(ROWS - 1), "?"],
        y=["", "rare", "odd", *("abc"[n % 3] for n in range(ROWS - 3))],
    )

    found = problems_of(path, metric="f1", row_key="fee")

    assert len(found) == 2
    found = problems_of(path)
    assert len(found) == 3
    assert "'fee'" in found[0]
    assert "'customer' (all values differ" in found[1]
    assert "'since' (dates such as" in found[1]
    assert "missing in 1 of 60 rows" in found[2]


def test_contradicting_settings_are_all_named(tmp_path: Path) -> None:
    found = problems_of(
        table(tmp_path), drop="y,city", row_key="y", types='{"city": "category"}', date_order="day"
    )

    assert [message.split(".")[0] for message in found] == [
        "TRAINER_DROP and TRAINER_TARGET both name 'y'",
        "TRAINER_ROW_KEY and TRAINER_TARGET name the same column",
        "TRAINER_DROP and TRAINER_ROW_KEY both name 'y'",
        "TRAINER_DATE_ORDER is for the dates in TRAINER_TIME, which is not set",
        "TRAINER_TYPES and TRAINER_DROP both name 'city'",
    ]


def test_without_a_target_the_columns_are_checked(tmp_path: Path) -> None:
    found = problems_of(table(tmp_path, fee=[*range(ROWS - 1), "?"]), target=None)

    assert len(found) == 2
    assert found[0].startswith("Set TRAINER_TARGET to the column of ")
    assert "'fee' (numbers, except '?' in 1 row)" in found[1]


def test_settings_that_cannot_be_parsed_are_named_with_the_names(tmp_path: Path) -> None:
    found = problems_of(
        table(tmp_path), drop="street", types='{"city"', missing='{"city": "?"}', target="yy"
    )

    starts = ("TRAINER_TARGET=yy", "TRAINER_DROP=street", "TRAINER_TYPES=", "TRAINER_MISSING gives")
    assert [m.startswith(start) for m, start in zip(found, starts, strict=True)] == [True] * 4


def test_each_type_that_is_unknown_is_named(tmp_path: Path) -> None:
    found = problems_of(table(tmp_path), types='{"city": "str", "width": "datetime"}')

    assert [message.split(";")[0] for message in found] == [
        """TRAINER_TYPES gives 'city' the type "str\"""",
        """TRAINER_TYPES gives 'width' the type "datetime\"""",
    ]


def test_rows_with_too_many_or_too_few_cells_are_counted_and_the_others_are_checked(
    tmp_path: Path,
) -> None:
    path = table(tmp_path, fee=[*range(ROWS - 1), "?"])
    lines = path.read_text().splitlines()
    for place in (3, 10, 20, 30):
        lines[place] += ",more"
    lines[40] = "1,2"
    path.write_text("\n".join([*lines, ""]))

    found = problems_of(path, target="yy", drop="street")

    assert len(found) == 4
    assert "cannot be read: CSV parse error: Row #4: Expected 4 columns, got 5" in found[2]
    assert found[2].count("Expected") == 3
    assert " and 2 more. Put cells with commas into quotes, or" in found[2]
    assert "'fee'" in found[3]


def test_columns_that_cannot_be_read_are_named_and_the_others_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text('a,a,"b\x07",c,y\n' + "1,2,3,4,0\n4,5,6,?,1\n" * 30)

    found = problems_of(path, drop="street")

    assert len(found) == 4
    assert "Column 3" in found[0]
    assert "more than one column 'a'" in found[1]
    assert found[2].startswith("TRAINER_DROP=street")
    assert "'c' (numbers, except '?' in 30 rows)" in found[3]


def test_differences_between_parquet_files_are_named_and_the_rest_is_checked(
    tmp_path: Path,
) -> None:
    first = {"a": [1, 2], "b": ["x", "y"], "c": [1, 2], "d": [[1], [2]], "y": [0, 1]}
    second = {"a": ["1", "2"], "b": [1.5, 2.5], "d": [[1], [2]], "y": [0, 1]}
    for name, data in {"1": first, "2": second, "3": second}.items():
        parquet.write_table(pa.table(data), tmp_path / f"{name}.parquet")

    found = problems_of(tmp_path, drop="z")

    assert len(found) == 5
    assert [message.split("column ")[1][:3] for message in found[:3]] == ["'c'", "'a'", "'b'"]
    assert found[3].startswith("TRAINER_DROP=z")
    assert "'d' (list<" in found[4]


def test_a_target_that_cannot_be_read_is_not_a_second_problem(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("a,y,y\n" + "1,2,3\n4,5,6\n" * 30)

    (found,) = problems_of(path)

    assert "more than one column 'y'" in found


def test_a_file_in_another_encoding_is_checked_to_its_end(tmp_path: Path) -> None:
    cells = ["groß", "klein"] * (ROWS // 2)
    path = table(tmp_path, größe=cells, fee=[*range(ROWS - 1), "?"])
    path.write_bytes(path.read_text().encode("latin-1"))

    found = problems_of(path, drop="strasse")

    assert len(found) == 3
    assert found[0].endswith("is not in UTF-8. Save it in that encoding.")
    assert "'größe'" in found[1]
    assert "'fee'" in found[2]


def test_a_name_like_two_columns_is_not_guessed(tmp_path: Path) -> None:
    days = [f"2025-01-{n % 28 + 1:02d}" for n in range(ROWS)]

    found = problems_of(table(tmp_path, ordered=days, order_id=days), time="orderd")

    assert found[0].endswith("Did you mean 'order_id' or 'ordered'?")
    assert not [message for message in found if "cannot order" in message]


def test_keys_times_and_target_are_checked_together(tmp_path: Path) -> None:
    path = table(
        tmp_path,
        key=["", *range(ROWS - 1)],
        day=["yesterday", *("2025-01-01" for _ in range(ROWS - 1))],
        y=["same"] * ROWS,
    )

    found = problems_of(path, row_key="key", time="day")

    assert [
        text in message
        for text, message in zip(("one class", "KEY=key", "TIME=day"), found, strict=True)
    ] == [True] * 3

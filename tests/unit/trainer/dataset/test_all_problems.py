"""All problems of a table are found in one reading, as far as they are independent."""

from pathlib import Path

import pytest

from shared.errors import DatasetError, ProblemsError
from tests.unit.trainer.dataset.problem_lists import ROWS, problems_of, table
from trainer.dataset.load import begin_reading, load_dataset, read_dataset
from trainer.problems import Problems
from trainer.settings import TrainerSettings


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


def test_notes_do_not_repeat_problems_and_their_proposals_fit(tmp_path: Path) -> None:
    keys = [f"K{n * 7919 % 10_007}" for n in range(ROWS)]
    path = table(tmp_path, customer=keys, day=[20250101 + n % 28 for n in range(ROWS)])
    reading = begin_reading(own := TrainerSettings(dataset=path, target="y"))

    read_dataset(own, "accuracy", Problems(), reading)

    assert reading is not None
    assert [note.split(" ")[0] for note in reading.notes] == ["'day'"]
    assert reading.notes[0].endswith("set TRAINER_DROP=customer,day")


def test_constant_columns_are_questioned_in_one_note(tmp_path: Path) -> None:
    path = table(tmp_path, a=[7] * ROWS, b=["x"] * ROWS, c=["x", *[""] * (ROWS - 1)])

    notes = load_dataset(TrainerSettings(dataset=path, target="y"), "accuracy").notes

    (note,) = notes
    assert note.startswith("'a', 'b' have one value in every row, so a model learns nothing")
    assert note.endswith("To leave them out, set TRAINER_DROP=a,b")


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
    assert "'fee' (numbers, except '?' in 1 row" in found[1]


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

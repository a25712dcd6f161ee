"""With TRAINER_ROW_KEY the ids of logged rows are keys, spelled as those of the table."""

from pathlib import Path

import pytest

from shared.contract.layout import StoreLayout
from tests.support.stores.logged_rows import make_row, write_labels, write_rows
from tests.support.tables.tables import write_csv
from tests.unit.trainer.live_rows.people import TABLE, left_out, load, log, person
from trainer.live_rows.added_rows import add_live_rows

PLAIN, SIGNED = [str(i) for i in range(100, 130)], [f"+{i}" for i in range(100, 130)]
HALVES = [f"{i}.50" for i in range(30)]
TIMES = [f"2026-01-{i:02}T00:00:00Z" for i in range(1, 31)]
LARGE = [str(10**15 + i) for i in range(30)]
WORDS = ["A-1", *map(str, range(101, 130))]


@pytest.mark.parametrize(
    ("cells", "known", "new"),
    [
        (PLAIN, ["100", "+101", "0102", "103.0", " 104", "1.05e2"], ["99", "A-1", "100.5"]),
        (SIGNED, ["100", "+101"], ["+99"]),
        (LARGE, [LARGE[1], "+" + LARGE[3]], ["7.0", "0x7", "1" + LARGE[0]]),
        (HALVES, ["0.5", "+1.500", "2.50"], ["0.25", "1"]),
        (TIMES, [TIMES[0], "2026-01-02 00:00:00Z"], ["2026-01-01"]),
        (WORDS, ["A-1", "101"], ["+101", "0102", "a-1"]),
    ],
    ids=["plain numbers", "numbers with a sign", "large numbers", "decimals", "times", "strings"],
)
def test_keys_of_numbers_and_times_compare_by_value_and_strings_by_spelling(
    tmp_path: Path, layout: StoreLayout, cells: list[object], known: list[str], new: list[str]
) -> None:
    table = load(write_csv(tmp_path / "people.csv", {"case": cells, **TABLE}), row_key="case")
    rows = [make_row(name, i, features=person(1.5)) for i, name in enumerate([*known, *new])]
    write_rows(layout, rows)
    write_labels(layout, [(row.id, "no") for row in rows])

    joined = add_live_rows(table, layout)

    assert joined.keys is not None
    assert len(joined.keys) == 30 + len(new)
    assert left_out(joined) == {"in_table": len(known)}


def test_a_row_keeps_its_split_when_it_is_added_to_the_table(
    tmp_path: Path, layout: StoreLayout
) -> None:
    """A client spells its id, and the author of the table its key."""
    table = load(write_csv(tmp_path / "people.csv", {"case": PLAIN, **TABLE}), row_key="case")
    write_rows(layout, [make_row("+0130", features=person(1.5))])
    write_labels(layout, [("+0130", "no")])
    joined = add_live_rows(table, layout)
    assert joined.keys is not None
    assert joined.keys[-1] == "130"


@pytest.mark.parametrize("first", [1000, "A-1"])
def test_usual_numbers_and_strings_are_keys_as_they_are(
    tmp_path: Path, layout: StoreLayout, first: object
) -> None:
    cells = [first, *range(1001, 1030)]
    table = load(write_csv(tmp_path / "people.csv", {"case": cells, **TABLE}), row_key="case")
    log(layout, [(person(1.5), "no")])
    assert len(add_live_rows(table, layout).rows) == 31


def test_rows_of_a_known_customer_are_new_if_keys_repeat(
    tmp_path: Path, layout: StoreLayout
) -> None:
    table = load(
        write_csv(tmp_path / "people.csv", {"who": [*range(15)] * 2, **TABLE}), row_key="who"
    )
    rows = [
        make_row("3", 0, features=person(1.5)),
        make_row("0", 1, features=person(20)),
        make_row("1", 2, features=person(20)),
        make_row("99", 3, features=person(20, "Lima")),
    ]
    write_rows(layout, rows)
    write_labels(layout, [(row.id, "no") for row in rows])

    joined = add_live_rows(table, layout)

    assert joined.keys is not None
    assert list(joined.keys[30:]) == ["3", "1", "99"]
    assert left_out(joined) == {"in_table": 1}
    assert joined.schema.features[1].categories == ("Lima", "Oslo", "Rome")

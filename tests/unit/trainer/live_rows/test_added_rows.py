"""Logged rows with labels join the data set as rows of the table would."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from shared.contract.layout import StoreLayout
from shared.errors import DatasetError, SettingsError
from shared.prediction_log.label import LabelValue
from tests.support.processes.unprivileged_user import as_another_user
from tests.support.stores.logged_rows import (
    START,
    make_oversized,
    make_row,
    write_labels,
    write_rows,
)
from tests.support.tables.tables import write_csv
from tests.unit.trainer.live_rows.people import TABLE, Row, describe, left_out, load, log, person
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.dataset.row_hashing import hash_rows
from trainer.dataset.split import choose_splits
from trainer.live_rows import added_rows
from trainer.live_rows.added_rows import add_live_rows
from trainer.settings import TrainerSettings


def test_new_categories_numbers_and_missing_values_are_those_of_the_next_model(
    table: Dataset, layout: StoreLayout
) -> None:
    log(layout, [(person(90.5, "Lima"), "yes"), (person(1, None), "no")])
    joined = add_live_rows(table, layout)

    assert describe(joined, 30) == [[90.5, "Lima", True, "yes"], [1.0, None, True, "no"]]
    assert describe(joined)[:30] == describe(table)
    age, town, member = joined.schema.features
    assert (age.minimum, age.maximum) == (1.0, 90.5)
    assert town.categories == ("Lima", "Oslo", "Rome")
    assert [f.nullable for f in (age, town, member)] == [False, True, False]
    assert joined.fingerprint != table.fingerprint


def test_rows_of_all_versions_join_with_their_newest_label(
    table: Dataset, layout: StoreLayout
) -> None:
    write_rows(layout, [make_row("new", 9, version=7, features=person(1.5))])
    write_rows(layout, [make_row("old", 1, features=person(2.5))], worker="b-1")
    write_labels(layout, [("new", "yes"), ("old", "no"), ("unknown", "no")])
    write_labels(layout, [("new", "no")], second=5)
    joined = add_live_rows(table, layout)
    assert describe(joined, 30) == [[2.5, "Rome", True, "no"], [1.5, "Rome", True, "no"]]


def test_a_row_of_the_table_is_not_added_and_other_duplicates_are_kept(
    table: Dataset, layout: StoreLayout
) -> None:
    log(layout, [(person(20), "yes"), (person(1.5), "no"), (person(1.5), "no")])
    joined = add_live_rows(table, layout)
    assert describe(joined, 30) == [[1.5, "Rome", True, "no"]] * 2
    assert left_out(joined) == {"in_table": 1}
    assert joined.notes[-1] == (
        "TRAINER_LIVE leaves out 1 labelled row of the log: 1 in the table too."
    )


def test_with_a_row_key_the_id_is_the_key(tmp_path: Path, layout: StoreLayout) -> None:
    path = write_csv(tmp_path / "people.csv", {"case": range(30), **TABLE})
    rows = [make_row("7", features=person(99, "Lima")), make_row("x", features=person(20))]
    write_rows(layout, rows)
    write_labels(layout, [("7", "no"), ("x", "no")])
    joined = add_live_rows(load(path, row_key="case"), layout)

    assert describe(joined, 30) == [[20.0, "Rome", True, "no"]]
    assert joined.keys is not None
    assert list(joined.keys[-2:]) == ["29", "x"]
    assert left_out(joined) == {"in_table": 1}
    assert joined.schema.features[1].categories == ("Oslo", "Rome")


def test_the_default_data_knows_its_own_rows_after_they_were_logged(layout: StoreLayout) -> None:
    data = load_dataset(TrainerSettings(live=True), "f1")
    names = [feature.name for feature in data.schema.features]
    known, new = data.rows[7].tolist(), (data.rows[7] * 1.01).tolist()
    log(layout, [(dict(zip(names, row, strict=True)), "benign") for row in (known, new)])
    joined = add_live_rows(data, layout)
    assert joined.rows[-1].tolist() == new
    assert (len(joined.rows), left_out(joined)) == (570, {"in_table": 1})


def test_rows_that_do_not_fit_are_left_out_and_counted_in_one_sentence(
    table: Dataset, layout: StoreLayout
) -> None:
    rows: list[tuple[Row, LabelValue]] = [
        ({"age": 1.5, "member": True}, "no"),
        (person("old"), "no"),
        (person(1.5), "perhaps"),
        (person(1.5, "L" * 257), "no"),
        (person(1.5, extra="ignored"), "no"),
    ]
    log(layout, rows)
    joined = add_live_rows(table, layout)

    assert describe(joined, 30) == [[1.5, "Rome", True, "no"]]
    assert left_out(joined) == {"values": 2, "label": 1, "categories": 1}
    assert joined.notes[-1] == (
        "TRAINER_LIVE leaves out 4 labelled rows of the log: 1 with a label that the target cannot "
        "have; 2 without a usable value of 'age' (1), 'town' (1); 1 with a category beyond the "
        "limits (1000 of a column, 256 characters)."
    )


def test_a_row_that_is_left_out_adds_no_category(tmp_path: Path, layout: StoreLayout) -> None:
    path = write_csv(tmp_path / "people.csv", {**TABLE, "job": ["cook", "smith"] * 15})
    rows = [person(1.5, "Lima", job="j" * 257), person(2.5, "Paris", job="nurse")]
    log(layout, [(row, "no") for row in rows])
    joined = add_live_rows(load(path), layout)
    assert describe(joined, 30) == [[2.5, "Paris", True, "nurse", "no"]]
    town, job = (f.categories for f in joined.schema.features if f.categories)
    assert (town, job) == (("Oslo", "Paris", "Rome"), ("cook", "nurse", "smith"))


def test_an_unusable_label_is_not_the_class_none(tmp_path: Path, layout: StoreLayout) -> None:
    path = write_csv(tmp_path / "people.csv", {**TABLE, "glad": ["None", "yes"] * 15})
    log(layout, [(person(1.5), "perhaps"), (person(2.5), "None")])
    joined = add_live_rows(load(path), layout)
    assert describe(joined, 30) == [[2.5, "Rome", True, "None"]]
    assert left_out(joined) == {"label": 1}


def test_a_torn_or_hostile_log_stops_no_training(table: Dataset, layout: StoreLayout) -> None:
    log(layout, [(person(1.5), "no")])
    many = [make_row(f"many-{i}", i, features=person(i + 0.5, f"town {i}")) for i in range(1200)]
    path = write_rows(layout, many)
    with path.open("ab") as file:
        file.write(b'\xff\x00\n[]\n{"id": "row-0"}\n' + b"[" * 100_000 + b'\n{"id": "row-0", "ti')
    labels = write_labels(layout, [(row.id, "yes") for row in many])
    with labels.open("ab") as file:
        file.write(b'{"id": "row-0", "label": NaN}\nnothing\n{"id"')
    joined = add_live_rows(table, layout)

    assert len(joined.schema.features[1].categories or ()) == 1000
    assert left_out(joined) == {"categories": 202, "invalid_line": 4}
    assert len(joined.rows) == 30 + 1 + 998
    assert joined.notes[-1].endswith("lines of the prediction log that are not rows: 4.")


def test_an_oversized_segment_stops_no_training(table: Dataset, layout: StoreLayout) -> None:
    log(layout, [(person(1.5), "no")])
    make_oversized(write_rows(layout, [make_row("row-0", features=person(2.5))]))
    make_oversized(write_labels(layout, [("row-0", "yes")], second=1))
    joined = add_live_rows(table, layout)
    assert describe(joined, 30) == [[1.5, "Rome", True, "no"]]
    assert left_out(joined) == {"oversized_segment": 2}
    assert joined.notes[-1].endswith("more than 64 MiB: 2. make fsck names them.")


def test_without_labelled_rows_a_note_says_what_to_do(table: Dataset, layout: StoreLayout) -> None:
    joined = add_live_rows(table, layout)
    assert replace(joined, live=None, notes=()).fingerprint == table.fingerprint
    assert joined.notes[-1].startswith("TRAINER_LIVE finds no logged row with a label. Set ")


def test_no_row_changes_its_split_when_live_rows_move_into_the_table(
    table: Dataset, layout: StoreLayout, tmp_path: Path
) -> None:
    ages = [100.5 + i for i in range(40)]
    log(layout, [(person(age, "Lima"), "yes") for age in ages])
    joined = add_live_rows(table, layout)
    grown = {
        "age": [*TABLE["age"], *ages],
        "town": [*TABLE["town"], *["Lima"] * 40],
        "member": [*TABLE["member"], *["true"] * 40],
        "glad": [*TABLE["glad"], *["yes"] * 40],
    }
    exported = add_live_rows(load(write_csv(tmp_path / "grown.csv", grown)), layout)

    for salt in ("", "other"):
        splits = choose_splits(hash_rows(joined, salt))
        np.testing.assert_array_equal(splits, choose_splits(hash_rows(exported, salt)))
        np.testing.assert_array_equal(splits[:30], choose_splits(hash_rows(table, salt)))
    assert left_out(exported) == {"in_table": 40}
    assert exported.fingerprint == joined.fingerprint


def test_numbers_to_predict_are_labels(tmp_path: Path, layout: StoreLayout) -> None:
    path = write_csv(tmp_path / "people.csv", {**TABLE, "pay": [i + 0.5 for i in range(30)]})
    labels: list[LabelValue] = [7, "8.5", "many", True, 1e39]
    log(layout, [(person(age + 0.5, glad="no"), each) for age, each in enumerate(labels)])
    joined = add_live_rows(load(path, "r2", target="pay"), layout)
    assert joined.target[30:].tolist() == [7.0, 8.5]
    assert left_out(joined) == {"label": 3}


def test_the_time_of_the_answer_is_the_time_of_the_row(tmp_path: Path, layout: StoreLayout) -> None:
    days = [datetime(2025, 1, 1 + i, tzinfo=UTC).date() for i in range(30)]
    path = write_csv(tmp_path / "people.csv", {**TABLE, "day": days, "year": range(30)})
    log(layout, [(person(1.5, year=7), "no")])
    dated = load(path, time="day", drop="year", slice_columns="year")
    joined = add_live_rows(dated, layout)

    assert joined.times is not None
    assert joined.times.values[-1] == START.timestamp()
    assert joined.kept is not None
    assert joined.kept.columns[0].nullable
    assert np.isnan(joined.kept.rows[30:]).all()
    with pytest.raises(SettingsError, match="TRAINER_TIME=year is a column of numbers"):
        add_live_rows(load(path, time="year", drop="day"), layout)


def test_live_rows_count_for_the_memory(
    table: Dataset, layout: StoreLayout, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(layout, [(person(1.5), "no")])
    needed: list[tuple[int, int, str]] = []
    monkeypatch.setattr(added_rows, "require_memory", lambda *found: needed.append(found))
    add_live_rows(table, layout)
    assert needed == [(31, 3, f"{table.source} with its live rows")]


def test_a_log_of_another_group_is_named(table: Dataset, layout: StoreLayout) -> None:
    log(layout, [(person(1.5), "no")])
    for path in (layout.root, *layout.root.parents[:3]):
        path.chmod(0o755)
    layout.feedback.chmod(0o750)

    def read() -> None:
        with pytest.raises(DatasetError, match=r"Permission denied\. Let the trainer.s user read"):
            add_live_rows(table, layout)

    as_another_user(read)

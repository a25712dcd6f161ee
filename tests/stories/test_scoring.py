"""A person scores a table with the version in production and with an earlier one."""

import os

import pyarrow as pa
from pyarrow import csv, parquet
from sklearn.datasets import load_breast_cancer

from tests.stacks.stack import Stack

ROWS = 40


def test_a_table_is_scored_as_requests_are_answered(stack: Stack) -> None:
    data = load_breast_cancer()
    names = [str(name) for name in data.feature_names]
    columns = {name: data.data[:ROWS, place] for place, name in enumerate(names)}
    (stack.checkout / "tables").mkdir()
    parquet.write_table(
        pa.table(columns | {"patient": list(range(ROWS))}), stack.checkout / "tables/rows.parquet"
    )
    done = stack.make("score", IN="tables/rows.parquet", OUT="scored/out.parquet", KEEP="patient")
    assert done.returncode == 0, done
    version = stack.decisions()[0]["registry"]["version"]
    assert f"Wrote {stack.checkout}/scored/out.parquet: {ROWS} rows by version {version}" in (
        done.stdout.replace("Wrote scored", f"Wrote {stack.checkout}/scored")
    ), done
    table = parquet.read_table(stack.checkout / "scored/out.parquet")
    assert table.schema.metadata[b"modelgate.version"] == str(version).encode()
    assert (stack.checkout / "scored/out.parquet").stat().st_uid == os.getuid()
    for place, row in enumerate(table.to_pylist()[:5]):
        answer = stack.predict({name: float(column[place]) for name, column in columns.items()})
        assert row["patient"] == place
        assert row["prediction"] == answer["prediction"]
        assert row["predicted label"] == answer["label"]
        for label, probability in answer["probabilities"].items():
            assert row[f"probability {label}"] == probability
    assert list((stack.checkout / "scored").iterdir()) == [stack.checkout / "scored/out.parquet"]


def test_an_earlier_version_scores_a_csv_file(stack: Stack) -> None:
    data = load_breast_cancer()
    names = [str(name) for name in data.feature_names]
    columns = {name: data.data[:ROWS, place] for place, name in enumerate(names)}
    csv.write_csv(pa.table(columns), stack.checkout / "rows.csv")
    assert stack.make("retrain", TRAINER_SEED=7).returncode == 0
    done = stack.make("score", IN="rows.csv", OUT="out.csv", VERSION=1, KEEP="[]")
    assert done.returncode == 0, done
    table = csv.read_csv(stack.checkout / "out.csv")
    assert table.column("model version").to_pylist() == [1] * ROWS
    assert table.column("predicted label").to_pylist().count("malignant") > 0
    again = stack.make("score", IN="rows.csv", OUT="out.csv")
    assert "exists already. Name a new file: OUT=" in again.stderr
    assert (
        "There is no version 99"
        in stack.make("score", IN="rows.csv", OUT="new.csv", VERSION=99).stderr
    )
    lost = stack.make("score", IN="nothing.csv", OUT="new.csv")
    assert "nothing.csv does not exist" in lost.stderr

"""A million rows are scored within 400 MB."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from shared.store.store import ModelStore
from tests.support.models import mixed
from tests.support.models.toy import toy_model
from tests.support.project import ROOT
from tests.support.stores.builders import promote

ROWS = 1_000_000
MOST_BYTES = 400 * 1000**2
MEASURE = """
import re, sys
from pathlib import Path
from trainer.score.__main__ import main
status = main(sys.argv[1:])
# Not ru_maxrss, which includes the memory of the parent.
print(1024 * int(re.search("VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1]))
sys.exit(status)
"""


def peak_of(store: ModelStore, folder: Path, source: str, target: str) -> int:
    """Score a table in a process of its own. Return the most bytes that it had in memory."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, source, target],
        cwd=folder,
        env=os.environ | {"STORE_DIR": str(store.layout.root), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done
    assert f"{ROWS} rows by version" in done.stdout
    return int(done.stdout.splitlines()[-1])


def mixed_table() -> pa.Table:
    """Return rows of the mixed model, with strings and missing values."""
    rows = mixed.mixed_rows(1000)
    columns = {
        feature.name: [mixed.written(feature, value) for value in rows[:, place]]
        for place, feature in enumerate(mixed.FEATURES)
    }
    few = pa.table(columns | {"note": [f"a note about row {row}" for row in range(1000)]})
    return pa.concat_tables([few] * (ROWS // 1000)).combine_chunks()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("source", "target"),
    [("rows.parquet", "out.parquet"), ("rows.csv", "out.csv"), ("rows.csv", "out.parquet")],
)
def test_a_million_mixed_rows_need_at_most_400_mb(
    source: str, target: str, store: ModelStore, tmp_path: Path
) -> None:
    promote(store, mixed.mixed_model())
    table = mixed_table()
    if source.endswith("csv"):
        csv.write_csv(table, tmp_path / source)
    else:
        parquet.write_table(table, tmp_path / source, row_group_size=ROWS)
    assert peak_of(store, tmp_path, source, target) <= MOST_BYTES


@pytest.mark.thorough
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("source", ["rows.parquet", "rows.csv"])
def test_a_million_rows_of_30_numbers_need_at_most_400_mb(
    source: str, store: ModelStore, tmp_path: Path
) -> None:
    names = [f"number {place}" for place in range(30)]
    promote(store, toy_model([0.1] * 30, features=names))
    random = np.random.default_rng(0)
    table = pa.table({name: random.normal(size=ROWS) for name in names})
    if source.endswith("csv"):
        csv.write_csv(table, tmp_path / source)
    else:
        parquet.write_table(table, tmp_path / source, row_group_size=ROWS)
    assert peak_of(store, tmp_path, source, "out.parquet") <= MOST_BYTES

"""`python -m bench.studies.trainer_memory`: measure the memory of training.

It trains a scaled logistic regression on a million rows of 30 numbers (240 MB as float64), from
Parquet and from CSV. The memory of the same run with a thousand rows is subtracted.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from bench.harness.processes import environment, run

ROWS, FEATURES = 1_000_000, 30
_FEW_ROWS = 1_000
_TRAIN = """
import re, sys
from trainer.__main__ import main
status = main([])
# ru_maxrss would include the memory of the parent.
peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]
open(sys.argv[1], "w").write(str(int(peak) * 1024))
sys.exit(status)
"""


def main() -> None:
    """Measure both formats, and print the results."""
    data_bytes = ROWS * FEATURES * 8
    with tempfile.TemporaryDirectory() as folder:
        for name in ("table.parquet", "table.csv"):
            few, all_rows = (_peak(Path(folder), name, rows) for rows in (_FEW_ROWS, ROWS))
            sys.stdout.write(
                f"{name}: {all_rows / 1e6:.0f} MB, {few / 1e6:.0f} MB with {_FEW_ROWS:,} rows: "
                f"{(all_rows - few) / data_bytes:.2f} times the {data_bytes / 1e6:.0f} MB of data\n"
            )


def _peak(folder: Path, name: str, rows: int) -> int:
    """Return the peak memory of a run, in bytes."""
    random = np.random.default_rng(7)
    columns = {f"x{index}": random.normal(size=rows) for index in range(FEATURES)}
    target = columns["x0"] + columns["x1"] + random.normal(size=rows) > 0
    table = pa.table({**columns, "target": target})
    write = parquet.write_table if name.endswith(".parquet") else csv.write_csv
    write(table, folder / name)
    del columns, table
    peak = folder / "peak"
    command: Sequence[str | Path] = [sys.executable, "-c", _TRAIN, peak]
    env = environment(
        STORE_DIR=folder / f"store-{name}-{rows}",
        METRIC="accuracy",
        TRAINER_DATASET=folder / name,
        TRAINER_TARGET="target",
        TRAINER_CANDIDATES="bench.harness.candidates:LOGISTIC",
        TRAINER_WAIT_SECONDS=0,
    )
    run(command, env=env, accept=(0, 4))
    return int(peak.read_text())


if __name__ == "__main__":
    main()

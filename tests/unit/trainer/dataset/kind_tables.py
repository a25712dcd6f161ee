"""CSV tables whose cells decide on the kinds of their columns."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support.tables.tables import write_csv
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings

ROWS = 60
NUMBERS = [str(n * 7 % 23) for n in range(ROWS)]
LABELS = [str(n % 2) for n in range(ROWS)]


def with_others(*others: str) -> list[str]:
    """Return numbers with some other cells at the end."""
    return [*NUMBERS[len(others) :], *others]


def load(
    folder: Path, columns: Mapping[str, Sequence[str]], metric: str = "accuracy", **settings: Any
) -> Dataset:
    """Load a CSV file with these cells and a target."""
    quoted = {name: [f'"{cell}"' for cell in cells] for name, cells in columns.items()}
    path = write_csv(folder / "table.csv", {"y": LABELS, **quoted})
    return load_dataset(TrainerSettings(**{"dataset": path, "target": "y", **settings}), metric)

"""A good table to change, and the list of its problems."""

from pathlib import Path
from typing import Any

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

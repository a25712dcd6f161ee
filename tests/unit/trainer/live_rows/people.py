"""A small table of people, and logged rows about others."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from shared.contract.layout import StoreLayout
from shared.inference.feature_encoding import Value, decode_value
from shared.prediction_log.label import LabelValue
from tests.support.stores.logged_rows import make_row, write_labels, write_rows
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings

Row = Mapping[str, Any]
TABLE: dict[str, list[object]] = {
    "age": [20 + i for i in range(30)],
    "town": ["Rome", "Oslo"] * 15,
    "member": ["true", "false", "false"] * 10,
    "glad": ["no", "yes"] * 15,
}


def load(path: Path, metric: str = "accuracy", target: str = "glad", **settings: Any) -> Dataset:
    own = TrainerSettings(dataset=path, target=target, live=True, **settings)
    return load_dataset(own, metric)


def log(layout: StoreLayout, rows: Sequence[tuple[Row, LabelValue]], **about: Any) -> None:
    """Log each row with its label, as `row-0` and so on, a second apart."""
    logged = [
        make_row(f"row-{i}", i, features=features, **about) for i, (features, _) in enumerate(rows)
    ]
    write_rows(layout, logged)
    write_labels(layout, [(f"row-{i}", label) for i, (_, label) in enumerate(rows)])


def person(age: Value, town: Value = "Rome", **others: Any) -> Row:
    return {"age": age, "town": town, "member": True, **others}


def describe(dataset: Dataset, start: int = 0) -> list[list[object]]:
    """Return the values and the class of each row from *start* on."""
    schema = dataset.schema
    rows: list[list[object]] = []
    for row, target in zip(dataset.rows[start:], dataset.target[start:], strict=True):
        values = [decode_value(f, float(v)) for f, v in zip(schema.features, row, strict=True)]
        rows.append([*values, schema.classes[int(target)]])
    return rows


def left_out(dataset: Dataset) -> dict[str, int]:
    assert dataset.live is not None
    return dict(dataset.live.left_out)

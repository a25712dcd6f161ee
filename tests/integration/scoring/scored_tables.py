"""Tables with rows that `POST /predict` accepts and refuses, and their scored forms."""

import io
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from shared.contract.documents import Feature
from shared.inference.feature_encoding import Value
from shared.store.store import ModelStore
from tests.support.models.mixed import FEATURES
from trainer.console import Console
from trainer.files.csv_setting import CsvSetting
from trainer.score.row_reading import FeatureColumns
from trainer.score.scoring_run import Scored, score_rows
from trainer.score.stored_version import find_registry, load_version
from trainer.score.table_source import TableSource

USUAL = {
    "age": [41.0, 22.0, 58.0],
    "fare": [7.25, None, 512.5],
    "member": [True, False, True],
    "colour": ["blue", "red", "mauve"],
    "town": ["Oslo", None, "Rome"],
}
"""A few rows of the mixed model, without a row that is refused."""
_STRANGE: dict[str, Sequence[Any]] = {
    "number": (None, math.nan, math.inf, -math.inf, 3.5e38, -1e300, 0.0, -0.0, 1e-320, 3.4e38),
    "boolean": (None, True, False),
    "category": (None, "", " ", "nobody", " red", "R\u0065\u0301d", "red\u200b", "a\nb", '"', "é"),
}


def strange_rows(count: int, features: Sequence[Feature] = FEATURES) -> dict[str, list[Any]]:
    """Draw columns of usual and strange values, in the types of the features."""
    random = np.random.default_rng(7)

    def draw(feature: Feature) -> Any:
        if random.random() < 0.15:
            strange = _STRANGE[feature.type]
            return strange[int(random.integers(len(strange)))]
        if feature.type == "number":
            return float(random.normal(40, 20))
        known: Sequence[Any] = feature.categories or (True, False)
        return known[int(random.integers(len(known)))]

    return {each.name: [draw(each) for _ in range(count)] for each in features}


def as_json(row: Mapping[str, Value]) -> str:
    """Return the body of a request with *row*, in which NaN is null and infinity a number."""
    plain = {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in row.items()
    }
    return json.dumps({"features": plain}).replace("Infinity", "1e999")


def write_table(path: Path, columns: Mapping[str, Any]) -> Path:
    """Write *columns* as Parquet."""
    parquet.write_table(pa.table(dict(columns)), path)
    return path


def score(
    store: ModelStore,
    source: Path,
    target: Path,
    *,
    version: int | None = None,
    kept: Sequence[str] | None = None,
    setting: CsvSetting | None = None,
    said: io.StringIO | None = None,
) -> Scored:
    """Score a table, as the command does."""
    loaded = load_version(store, find_registry(store, version), allow_joblib=True)
    features = FeatureColumns(loaded.artefact, f"IN={source}")
    table = TableSource(source, setting or CsvSetting(), features.find, lambda _step: None)
    console = Console(said or io.StringIO())
    return score_rows(loaded, table, features, target, kept=kept, console=console)


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a Parquet file."""
    rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
    return rows

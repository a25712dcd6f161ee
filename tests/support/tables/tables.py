"""Small datasets, in memory and as files."""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.scoring.truth import Truth
from trainer.dataset.dataset import DataSchema, Dataset
from trainer.dataset.split import Split, Splits, split_dataset

Columns = Mapping[str, Iterable[object]]
FEATURES = ("width", "height")


def number_features(names: Iterable[str]) -> tuple[Feature, ...]:
    """Features that are numbers without missing values."""
    return tuple(Feature(name=name, type="number") for name in names)


def names(data: Dataset) -> tuple[str, ...]:
    """Return the names of the features."""
    return tuple(feature.name for feature in data.schema.features)


SCHEMA = DataSchema("classification", number_features(FEATURES), ("small", "large"))


def two_blobs(rows: int = 200, *, seed: int = 0, distance: float = 3.0) -> Dataset:
    """Make two classes that a line separates well, but not perfectly."""
    random = np.random.default_rng(seed)
    target = random.integers(0, 2, rows)
    points = random.normal(size=(rows, len(FEATURES))) + distance * target[:, None]
    return Dataset(
        source="two blobs",
        schema=SCHEMA,
        rows=points,
        target_name="size",
        target=target.astype(np.int64),
        keys=None,
    )


def dataset_of(
    rows: npt.ArrayLike,
    target: npt.ArrayLike,
    classes: int = 0,
    keys: Iterable[object] | None = None,
) -> Dataset:
    """Make a data set of numbers. Its classes are c0, c1 and so on; without classes, numbers."""
    matrix = np.array(rows, dtype=np.float64)
    values: Truth = np.array(target, dtype=np.float64)
    return Dataset(
        source="a table",
        schema=DataSchema(
            "classification" if classes else "regression",
            number_features(f"f{index}" for index in range(matrix.shape[1])),
            tuple(f"c{index}" for index in range(classes)),
        ),
        rows=matrix,
        target_name="y",
        target=values.astype(np.int64) if classes else values,
        keys=None if keys is None else np.array([str(key) for key in keys], dtype=object),
    )


def blob_parts(rows: int = 200, *, seed: int = 0, distance: float = 3.0) -> Splits:
    """Split the two blobs."""
    return split_dataset(two_blobs(rows, seed=seed, distance=distance), "")


def three_groups(rows: int = 300, *, seed: int = 0) -> Dataset:
    """Make three classes along a line that are separable well, but not perfectly."""
    random = np.random.default_rng(seed)
    target = random.integers(0, 3, rows)
    points = random.normal(size=(rows, len(FEATURES))) + 2.5 * target[:, None]
    return Dataset(
        source="three groups",
        schema=DataSchema(
            "classification", number_features(FEATURES), ("large", "medium", "small")
        ),
        rows=points,
        target_name="size",
        target=target.astype(np.int64),
        keys=None,
    )


def noisy_plane(rows: int = 300, *, seed: int = 0) -> Dataset:
    """Make a regression dataset: a number that grows with both features, with some noise."""
    random = np.random.default_rng(seed)
    points = random.normal(size=(rows, len(FEATURES)))
    target = points @ [3.0, 2.0] + 10.0 + random.normal(scale=0.5, size=rows)
    return Dataset(
        source="noisy plane",
        schema=DataSchema("regression", number_features(FEATURES), ()),
        rows=points,
        target_name="price",
        target=target,
        keys=None,
    )


def in_parts(data: Dataset) -> Splits:
    """Split rows 60/20/20 in their order, which is random."""
    bounds = (0, len(data.rows) * 3 // 5, len(data.rows) * 4 // 5, len(data.rows))
    return Splits(*(Split(data.rows[a:b], data.target[a:b]) for a, b in pairwise(bounds)))


def write_csv(path: Path, columns: Columns, separator: str = ",") -> Path:
    """Write a CSV file as a spreadsheet does."""
    lines = [separator.join(columns)]
    lines += [separator.join(map(str, row)) for row in zip(*columns.values(), strict=True)]
    path.write_text("\n".join(lines) + "\n")
    return path


def blobs_csv(path: Path, rows: int = 200, *, labels: tuple[object, object] = (0, 1)) -> Path:
    """Write the two blobs as a CSV file with the target column `size`."""
    data = two_blobs(rows)
    columns = {name: data.rows[:, i].tolist() for i, name in enumerate(FEATURES)}
    return write_csv(path, {**columns, "size": [labels[int(index)] for index in data.target]})

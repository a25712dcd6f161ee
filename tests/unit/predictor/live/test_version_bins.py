"""A reference that is missing, damaged or hostile never disturbs serving."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from predictor.live.version_bins import VersionBins, read_bins
from shared.contract.documents import Artefact
from shared.contract.layout import REFERENCE
from shared.inference.servable import Predictions
from shared.live.reference import MAX_REFERENCE_BYTES, Reference
from tests.support.models.mixed import ROWS, mixed_model
from tests.support.models.served import toy_regressor
from tests.support.models.toy import toy_model
from tests.support.stores.live_hours import reference_of

ARTEFACT = mixed_model().artefact
REFERENCE_OF_IT = reference_of(ARTEFACT)
PREDICTIONS = Predictions(np.zeros(len(ROWS), np.int64), np.full((len(ROWS), 2), 0.5))


def write(directory: Path, content: bytes | Reference) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (directory / REFERENCE).write_bytes(data)


def with_names(*names: str) -> Reference:
    """Return a reference whose categories have these names."""
    features = list(REFERENCE_OF_IT.features)
    place = next(i for i, each in enumerate(features) if each.names)
    counts = (0,) * (len(names) + 1)
    features[place] = features[place].model_copy(update={"names": names, "counts": counts})
    return REFERENCE_OF_IT.model_copy(update={"features": tuple(features)})


def link_to_itself(directory: Path) -> None:
    (directory / REFERENCE).symlink_to(directory / "elsewhere.json")
    (directory / "elsewhere.json").write_bytes(REFERENCE_OF_IT.encode())


def make_large(directory: Path) -> None:
    with (directory / REFERENCE).open("wb") as file:
        file.truncate(MAX_REFERENCE_BYTES + 1)


HOSTILE: dict[str, Callable[[Path], object]] = {
    "no-json": lambda directory: write(directory, b"\xff{"),
    "another-document": lambda directory: write(directory, b'{"format_version": 1}'),
    "newer-format": lambda directory: write(directory, b'{"format_version": 99}'),
    "deep": lambda directory: write(directory, b"[" * 100_000),
    "too-large": make_large,
    "link": link_to_itself,
    "directory": lambda directory: (directory / REFERENCE).mkdir(),
    "pipe": lambda directory: os.mkfifo(directory / REFERENCE),
    "fewer-features": lambda directory: write(
        directory, REFERENCE_OF_IT.model_copy(update={"features": REFERENCE_OF_IT.features[:1]})
    ),
    "other-task": lambda directory: write(
        directory,
        REFERENCE_OF_IT.model_copy(
            update={"predictions": reference_of(toy_regressor().artefact).predictions}
        ),
    ),
    "unknown-category": lambda directory: write(directory, with_names("no such colour")),
    "other-classes": lambda directory: write(
        directory,
        REFERENCE_OF_IT.model_copy(
            update={
                "predictions": REFERENCE_OF_IT.predictions.model_copy(
                    update={"names": ("x", "y"), "counts": (0, 0, 0)}
                )
            }
        ),
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_reference_that_is_unusable_is_reported_and_only_classes_are_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, case: str
) -> None:
    HOSTILE[case](tmp_path)
    bins = read_bins(tmp_path, ARTEFACT)
    assert bins.reference is None
    assert "The reference of the model is not used" in caplog.text
    assert len(caplog.text) < 2000
    assert_counts_only_classes(bins, ARTEFACT)


def assert_counts_only_classes(bins: VersionBins, artefact: Artefact) -> None:
    totals = bins.count(ROWS, PREDICTIONS)
    assert totals.predictions.tolist() == [len(ROWS), *[0] * (len(artefact.classes) - 1)]
    assert totals.probabilities.sum() == len(ROWS)
    assert bins.describe(totals.features) == ()


def test_a_model_without_a_reference_counts_only_classes_and_says_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert_counts_only_classes(read_bins(tmp_path, ARTEFACT), ARTEFACT)
    assert caplog.text == ""


def test_a_regressor_without_a_reference_counts_rows_only(tmp_path: Path) -> None:
    bins = read_bins(tmp_path, toy_regressor().artefact)
    totals = bins.count(np.zeros((3, 2)), Predictions(np.zeros(3), None))
    assert totals.rows == 3
    assert (len(totals.predictions), len(totals.probabilities)) == (0, 0)


def test_more_classes_than_bins_are_not_counted_without_a_reference(tmp_path: Path) -> None:
    names = tuple(f"class {number:02}" for number in range(60))
    artefact = toy_model().artefact.model_copy(update={"classes": names})
    totals = read_bins(tmp_path, artefact).count(np.zeros((3, 2)), Predictions(np.arange(3), None))
    assert len(totals.predictions) == 0

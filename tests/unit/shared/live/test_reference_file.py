"""A reference is built from rows, and fits the artefact that it was built for only."""

from pathlib import Path

import numpy as np
import pytest

from shared.contract.documents import Artefact, Feature
from shared.contract.layout import REFERENCE
from shared.errors import DocumentError
from shared.inference.build import build_servable
from shared.inference.feature_encoding import UNSEEN
from shared.inference.servable import predict_in_batches
from shared.live import reference_builder
from shared.live.reference import FeatureBins, Reference
from shared.live.reference_builder import build_feature_bins, build_reference
from shared.live.reference_file import read_reference, require_fitting
from shared.store.store import ModelStore
from tests.support.models.mixed import mixed_model, mixed_rows
from tests.support.models.toy import ToyModel
from tests.support.stores.builders import place

ROWS = 300
TRAIN = np.where((_drawn := mixed_rows(ROWS)) == UNSEEN, 0.0, _drawn)


def reference_of(store: ModelStore, model: ToyModel) -> Reference:
    place(store, model)
    servable = build_servable(store.models.read(model.digest), allow_joblib=False)
    return build_reference(model.artefact, TRAIN, predict_in_batches(servable, TRAIN[:100]))


@pytest.mark.parametrize("is_regressor", [False, True])
def test_a_reference_counts_every_row_and_is_read_again(
    store: ModelStore, *, is_regressor: bool
) -> None:
    model = mixed_model(is_regressor=is_regressor)
    directory = store.models.directory(model.digest)
    reference = reference_of(store, model)
    assert read_reference(directory, model.artefact) is None
    (directory / REFERENCE).write_bytes(reference.encode())
    found = read_reference(directory, model.artefact)
    assert found is not None
    assert found.reference == reference
    for column, bins in zip(TRAIN.T, reference.features, strict=True):
        assert bins.missing == np.isnan(column).sum()
        assert sum(bins.counts) + bins.missing == ROWS
    assert sum(reference.predictions.counts) == 100
    assert sum(reference.probabilities) == (0 if is_regressor else 100)
    assert [bins.names is not None for bins in reference.features] == [False] * 3 + [True] * 2


def test_edges_come_from_a_sample_of_many_rows_and_all_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reference_builder, "EDGE_ROWS", 500)
    rows = np.random.default_rng(1).normal(size=(5000, 1))
    [bins] = build_feature_bins(rows, [Feature(name="x", type="number")], "float32")
    assert sum(bins.counts) == 5000
    assert max(bins.counts) < 1000


def with_bins(reference: Reference, place: int, bins: FeatureBins) -> Reference:
    features = (*reference.features[:place], bins, *reference.features[place + 1 :])
    return reference.model_copy(update={"features": features})


@pytest.mark.parametrize(
    ("place", "bins", "message"),
    [
        (0, FeatureBins(counts=(0, ROWS), missing=0), "'age': expected edges for a number"),
        (2, FeatureBins(edges=(0.5,), counts=(0, ROWS), missing=0), "no edges for a boolean"),
        (2, FeatureBins(names=("x",), counts=(0, ROWS), missing=0), "no names for a boolean"),
        (3, FeatureBins(counts=(0, ROWS), missing=0), "expected the name of each category"),
        (3, FeatureBins(names=("red",) * 2, counts=(0, ROWS, 0), missing=0), "category twice"),
        (3, FeatureBins(names=("x",), counts=(0, ROWS), missing=0), "it has no category 'x'"),
        (4, FeatureBins(names=("Oslo",), counts=(0, 1), missing=1), "found 2"),
    ],
)
def test_bins_that_contradict_their_feature_are_refused(
    store: ModelStore, place: int, bins: FeatureBins, message: str
) -> None:
    model = mixed_model()
    reference = with_bins(reference_of(store, model), place, bins)
    with pytest.raises(DocumentError, match=message):
        require_fitting(reference, model.artefact, REFERENCE)


def test_predictions_of_another_task_are_refused(store: ModelStore) -> None:
    classifier, regressor = mixed_model(), mixed_model(is_regressor=True)
    for model, other, message in (
        (classifier, regressor, "expected the name of each class"),
        (regressor, classifier, "expected edges for a regression"),
    ):
        reference = reference_of(store, other)
        with pytest.raises(DocumentError, match=message):
            require_fitting(reference, model.artefact, Path(REFERENCE))


def test_a_document_without_features_does_not_fit(store: ModelStore) -> None:
    artefact: Artefact = mixed_model().artefact
    reference = reference_of(store, mixed_model()).model_copy(update={"features": ()})
    with pytest.raises(DocumentError, match="features is 0; expected 5"):
        require_fitting(reference, artefact, REFERENCE)

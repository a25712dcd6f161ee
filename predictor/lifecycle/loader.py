"""From the bytes of a model on the store to something that predicts, or a reason why not."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from predictor.codec.mixed_reader import MixedReader
from predictor.codec.numeric_reader import NumericReader
from predictor.codec.row_reader import BodyReader
from predictor.lifecycle.event_loop_budget import is_slow
from shared.contract.documents import Artefact, Feature
from shared.errors import ServableError
from shared.inference.build import build_servable
from shared.inference.feature_encoding import UNSEEN, Value, decode_value
from shared.inference.golden_rows import decode_golden_rows, verify_golden_rows
from shared.inference.servable import Rows, Servable
from shared.store.models import ModelBytes, Models


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model in memory that has reproduced its golden rows."""

    digest: str
    artefact: Artefact
    servable: Servable
    reader: BodyReader
    example: tuple[Value, ...]
    """A real row as people write it: a golden one, without gaps if there is one."""
    example_rows: Rows
    """The same as the servable takes it, shape [1, features]."""
    is_slow: bool = False
    """Whether a call would hold the event loop up for long."""


class ModelLoader:
    """Builds models from the store. It takes its time: never call it on an event loop."""

    def __init__(self, models: Models, *, allow_joblib: bool) -> None:
        self._models = models
        self._allow_joblib = allow_joblib

    def load(self, digest: str) -> LoadedModel:
        """Read, verify and build one model, and let it prove itself on its golden rows.

        Raises StoreError when the store does not hold it whole, ServableError when it does
        not compute what its artefact promises.
        """
        model = self._models.read(digest)
        _check_schema(model)
        servable = build_servable(model, allow_joblib=self._allow_joblib)
        verify_golden_rows(servable, model.golden, model.artefact)
        features, rows = model.artefact.features, decode_golden_rows(model.golden)
        example = _choose_example(rows, features)
        return LoadedModel(
            digest=digest,
            artefact=model.artefact,
            servable=servable,
            reader=_make_reader(features),
            example=tuple(map(decode_value, features, example[0].tolist())),
            example_rows=example,
            is_slow=is_slow(servable, rows),
        )


def _make_reader(features: Sequence[Feature]) -> BodyReader:
    if all(feature.type == "number" and not feature.nullable for feature in features):
        return NumericReader(features)
    return MixedReader(features)


def _choose_example(rows: Rows, features: Sequence[Feature]) -> Rows:
    """The first row with the fewest gaps, shape [1, features]; unseen texts are gaps, filled."""
    is_category = [feature.type == "category" for feature in features]
    unseen = (rows == UNSEEN) & is_category
    place = int(np.argmin((unseen | np.isnan(rows)).sum(axis=1)))
    return np.where(unseen, 0.0, rows)[place : place + 1]


def _check_schema(model: ModelBytes) -> None:
    """What the API builds on: distinct names, rows as wide as they say, a label for each class."""
    artefact, golden = model.artefact, model.golden
    names = [feature.name for feature in artefact.features]
    if len(set(names)) != len(names):
        raise ServableError(f"The model {model.digest} has two features of one name.")
    if any(len(row) != len(names) for row in golden.rows):
        raise ServableError(f"The golden rows of {model.digest} do not have {len(names)} numbers.")
    if artefact.task == "classification":
        classes = len(artefact.classes)
        if len(set(artefact.classes)) != classes or any(
            not 0 <= value < classes for value in golden.predictions
        ):
            raise ServableError(f"The model {model.digest} does not answer its own classes.")
        if artefact.has_probabilities != (golden.probabilities is not None) or any(
            len(row) != classes for row in golden.probabilities or ()
        ):
            raise ServableError(f"The model {model.digest} has no probability for each class.")

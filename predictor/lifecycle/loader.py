"""Load a model from the store: read it, verify it, build it, and check its golden rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from predictor.codec.input_schema import NO_LIMIT, InputSchema, hide_strings
from predictor.codec.mixed_reader import MixedReader
from predictor.codec.numeric_reader import NumericReader
from predictor.codec.row_reader import BodyReader
from predictor.lifecycle.event_loop_budget import MAX_LOOP_ROWS, is_slow
from shared.contract.documents import Artefact, Feature
from shared.errors import ServableError
from shared.inference.build import build_servable
from shared.inference.feature_encoding import UNSEEN, Value, decode_value
from shared.inference.golden_rows import decode_golden_rows, verify_golden_rows
from shared.inference.missing_values import list_features
from shared.inference.servable import (
    BATCH_ROWS,
    AnyRows,
    Predictions,
    Rows,
    Servable,
    predict_in_batches,
)
from shared.store.models import ModelBytes, Models


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model in memory that has reproduced its golden rows."""

    digest: str
    artefact: Artefact
    servable: Servable
    reader: BodyReader
    example: tuple[Value, ...]
    """A golden row in the JSON form, without missing values if there is such a row.

    If categories are hidden, it has other strings."""
    example_rows: Rows
    """The same row, encoded, shape [1, features]."""
    is_slow: bool = False
    """Whether a call would block the event loop for long."""

    @cached_property
    def category_columns(self) -> list[int]:
        """The columns of categories, which may be UNSEEN."""
        features = self.artefact.features
        return [index for index, one in enumerate(features) if one.type == "category"]

    def predict(self, rows: AnyRows) -> Predictions:
        """Predict for any number of rows; raise ServableError if the model fails.

        A slow model gets fewer rows in each call. So only the time of a row, and not the length
        of a request, decides whether a call takes too long.
        """
        return predict_in_batches(
            self.servable, rows, MAX_LOOP_ROWS if self.is_slow else BATCH_ROWS
        )


class ModelLoader:
    """Builds models from the store. It is slow: never call it on an event loop."""

    def __init__(
        self,
        models: Models,
        *,
        allow_joblib: bool,
        ignores_extra: bool = False,
        hides_categories: bool = False,
        max_rows: int = NO_LIMIT,
    ) -> None:
        self._models = models
        self._allow_joblib = allow_joblib
        self._ignores_extra = ignores_extra
        self._hides_categories = hides_categories
        self._max_rows = max_rows

    def load(self, digest: str) -> LoadedModel:
        """Read, verify and build the model *digest*, and check that it reproduces its golden rows.

        Raises StoreError if the store does not have the whole model, ServableError if the model
        does not match its artefact.
        """
        model = self._models.read(digest)
        _check_schema(model)
        servable = build_servable(model, allow_joblib=self._allow_joblib)
        verify_golden_rows(servable, model.golden, model.artefact)
        features, rows = model.artefact.features, decode_golden_rows(model.golden)
        schema = InputSchema(
            list_features(model.artefact),
            ignores_extra=self._ignores_extra,
            hides_categories=self._hides_categories,
            max_rows=self._max_rows,
        )
        example_rows = _choose_example(rows, features)
        example = tuple(map(decode_value, features, example_rows[0].tolist()))
        return LoadedModel(
            digest=digest,
            artefact=model.artefact,
            servable=servable,
            reader=_make_reader(schema),
            example=hide_strings(example) if self._hides_categories else example,
            example_rows=example_rows,
            is_slow=is_slow(servable, rows),
        )


def _make_reader(schema: InputSchema) -> BodyReader:
    if all(feature.type == "number" and not feature.nullable for feature in schema.features):
        return NumericReader(schema)
    return MixedReader(schema)


def _choose_example(rows: Rows, features: Sequence[Feature]) -> Rows:
    """Return the first row with the fewest missing values, shape [1, features].

    An unseen category counts as missing; the first known category replaces it.
    """
    is_category = [feature.type == "category" for feature in features]
    unseen = (rows == UNSEEN) & is_category
    index = int(np.argmin((unseen | np.isnan(rows)).sum(axis=1)))
    return np.where(unseen, 0.0, rows)[index : index + 1]


def _check_schema(model: ModelBytes) -> None:
    """Check what the API relies on: unique names, rows of full width, a label for each class."""
    artefact, golden = model.artefact, model.golden
    names = [feature.name for feature in artefact.features]
    if len(set(names)) != len(names):
        raise ServableError(f"The model {model.digest} has two features with the same name.")
    if any(len(row) != len(names) for row in golden.rows):
        raise ServableError(
            f"The golden rows of {model.digest} must each have {len(names)} numbers."
        )
    if artefact.task == "classification":
        classes = len(artefact.classes)
        if len(set(artefact.classes)) != classes:
            raise ServableError(f"The model {model.digest} has two classes with the same name.")
        if not all(0 <= value < classes for value in golden.predictions):
            raise ServableError(
                f"A golden prediction of {model.digest} is outside its classes 0 to {classes - 1}."
            )
        if artefact.has_probabilities != (golden.probabilities is not None) or any(
            len(row) != classes for row in golden.probabilities or ()
        ):
            raise ServableError(
                f"The golden rows of {model.digest} lack probabilities for its classes."
            )

"""Prove that an exported model answers generated rows as the fitted pipeline does."""

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from shared.contract.documents import Feature
from shared.contract.parity import Parity, TargetScale
from shared.errors import ExportError
from shared.inference.feature_encoding import UNSEEN
from shared.inference.golden_rows import TOLERANCE
from shared.inference.servable import Predictions, Rows, Servable, predict_in_batches
from shared.inference.target_scale import relative_differences
from trainer.export.fitted_answers import FittedAnswers, ask_fitted
from trainer.export.generated_rows import RowGenerator
from trainer.export.ties import is_tie
from trainer.fitting.pipeline_servable import PipelineServable

SEED = 0
_MOST_SHOWN = 8
"""Number of features that an error shows."""


class GeneratedProof:
    """The proof of one pipeline on generated rows. The pipeline answers them once."""

    def __init__(self, pipeline: PipelineServable, rows: Rows, scale: TargetScale | None) -> None:
        self._pipeline = pipeline
        self._rows = rows
        self._scale = scale

    @cached_property
    def _answers(self) -> FittedAnswers:
        from trainer.conversion.functions.own_types import find_own_types  # noqa: PLC0415 - slow
        from trainer.export.fitted_numbers import find_fitted_numbers  # noqa: PLC0415 - slow

        numbers = find_fitted_numbers(self._pipeline.pipeline)
        generator = RowGenerator(self._rows, self._pipeline.features, numbers, SEED)
        may_fail = bool(find_own_types(self._pipeline.pipeline))
        return ask_fitted(self._pipeline, generator, may_fail=may_fail)

    def extend(self, parity: Parity, servable: Servable) -> Parity:
        """Add the proof on generated rows to the *parity* of the data's rows.

        Raises ExportError that shows a row which is answered differently.
        """
        answers = self._answers
        self._require_failures(servable)
        found = predict_in_batches(servable, answers.rows)
        update = {"generated_rows": len(answers.rows), "generated_seed": SEED}
        if self._scale is not None:
            with np.errstate(invalid="ignore", over="ignore"):  # an exported number may be infinite
                relative = relative_differences(
                    self._scale, answers.predictions.values, found.values
                )
            largest = self._require_small(relative, "numbers differ by")
            name = "max_relative_difference"
        else:
            self._require_equal_labels(found)
            if answers.predictions.probabilities is None or found.probabilities is None:
                return parity.model_copy(update=update)
            difference = np.abs(answers.predictions.probabilities - found.probabilities)
            largest = self._require_small(difference.max(axis=1), "probabilities differ by")
            name = "max_probability_difference"
        update |= {name: max(getattr(parity, name), largest)}
        return parity.model_copy(update=update)

    def _require_equal_labels(self, found: Predictions) -> None:
        answers = self._answers
        expected = answers.predictions.values
        different = np.flatnonzero(expected != found.values)
        if len(different):
            different = different[~is_tie(self._pipeline, answers.rows[different])]
        if len(different):
            row = self._describe(answers.rows[different[0]])
            raise ExportError(
                f"its ONNX model predicts another class on {len(different)} of {len(expected)} "
                f"generated rows, such as {row}"
            )

    def _require_small(self, differences: Rows, what: str) -> float:
        is_small = differences <= TOLERANCE  # false for NaN
        if not is_small.all():
            index = int(np.flatnonzero(~is_small)[0])
            raise ExportError(
                f"its ONNX model's {what} {differences[index]:.2g} on the generated row "
                f"{self._describe(self._answers.rows[index])}; at most {TOLERANCE:g} is allowed"
            )
        return float(differences.max(initial=0.0))

    def _require_failures(self, servable: Servable) -> None:
        """Require that the model gives no number for rows on which the pipeline fails."""
        answers = self._answers
        if not len(answers.failed):
            return
        found = predict_in_batches(servable, answers.failed)
        numbers = found.values if self._scale is not None else found.probabilities
        if numbers is None:
            numbers = np.zeros(len(answers.failed))  # a label always has a number
        is_answered = np.isfinite(numbers.reshape(len(answers.failed), -1)).all(axis=1)
        if is_answered.any():
            row = answers.failed[int(np.argmax(is_answered))]
            raise ExportError(
                f"it fails on a row that /predict accepts, {self._describe(row)} "
                f"({answers.error}); set handle_unknown of encoders, such as "
                'OneHotEncoder(handle_unknown="ignore"), and use steps that take any number'
            )

    def _describe(self, row: Rows) -> str:
        return describe_row(row, self._pipeline.features)


def describe_row(row: Rows, features: Sequence[Feature]) -> str:
    """Return the values of a row by name, the first eight of them."""
    values = {
        feature.name: _value(feature, float(number))
        for feature, number in zip(features, row, strict=True)
    }
    shown = dict(list(values.items())[:_MOST_SHOWN])
    more = len(values) - len(shown)
    return f"{shown}" + (f" and {more} more" if more else "")


def _value(feature: Feature, number: float) -> object:
    if math.isnan(number):
        return None
    if feature.categories is None:
        return number if feature.type == "number" else bool(number)
    return "<unseen>" if number == UNSEEN else feature.categories[int(number)]

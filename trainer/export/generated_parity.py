"""Prove that an exported model answers generated rows as the fitted pipeline does."""

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.contract.parity import Parity, TargetScale
from shared.errors import ExportError
from shared.inference.golden_rows import TOLERANCE
from shared.inference.servable import Predictions, Rows, Servable, predict_in_batches
from shared.inference.target_scale import relative_differences
from trainer.export.fitted_answers import FittedAnswers, ask_fitted
from trainer.export.generated_rows import RowGenerator
from trainer.export.row_text import describe_answers, describe_row, suggest_limits
from trainer.export.single_rows import SingleRows
from trainer.export.ties import is_tie
from trainer.fitting.pipeline_servable import PipelineServable

SEED = 0


class GeneratedProof:
    """The proof of one pipeline on generated rows. The pipeline answers them once."""

    def __init__(self, pipeline: PipelineServable, rows: Rows, scale: TargetScale | None) -> None:
        self._pipeline = pipeline
        self._rows = rows
        self._scale = scale
        self._single_rows = SingleRows(pipeline)

    @cached_property
    def _has_own_steps(self) -> bool:
        from trainer.conversion.functions.own_types import find_own_types  # noqa: PLC0415 - slow

        return bool(find_own_types(self._pipeline.pipeline))

    @cached_property
    def _answers(self) -> FittedAnswers:
        from trainer.export.fitted_numbers import find_fitted_numbers  # noqa: PLC0415 - slow

        numbers = find_fitted_numbers(self._pipeline.pipeline)
        generator = RowGenerator(self._rows, self._pipeline.features, numbers, SEED)
        return ask_fitted(self._pipeline, generator, may_fail=self._has_own_steps)

    def extend(self, parity: Parity, servable: Servable) -> Parity:
        """Add the proof on generated rows to the *parity* of the data's rows.

        Raises ExportError that shows a row which is answered differently.
        """
        answers = self._answers
        self._require_failures(servable)
        found = predict_in_batches(servable, answers.rows)
        expected = answers.predictions
        if self._has_own_steps:
            is_different = self._differ(expected, found)
            expected = self._single_rows.correct(answers.rows, expected, is_different)
        if self._scale is None:
            self._require_equal_labels(expected, found)
        update: dict[str, Any] = {"generated_rows": len(answers.rows), "generated_seed": SEED}
        differences = self._differences(expected, found)
        if differences is not None:
            self._require_small(differences, expected, found)
            name = f"max_{'probability' if self._scale is None else 'relative'}_difference"
            update[name] = max(getattr(parity, name), float(differences.max(initial=0.0)))
        return parity.model_copy(update=update)

    def _differ(self, expected: Predictions, found: Predictions) -> npt.NDArray[np.bool_]:
        differences = self._differences(expected, found)
        is_close = np.full(len(expected.values), True)
        if differences is not None:
            is_close &= differences <= TOLERANCE
        if self._scale is None:
            is_close &= expected.values == found.values
        return ~is_close

    def _differences(self, expected: Predictions, found: Predictions) -> Rows | None:
        """Return the difference of each row's numbers or probabilities, if there are any."""
        if self._scale is not None:
            with np.errstate(invalid="ignore", over="ignore"):  # an exported number may be infinite
                return relative_differences(self._scale, expected.values, found.values)
        if expected.probabilities is None or found.probabilities is None:
            return None
        differences: Rows = np.abs(expected.probabilities - found.probabilities).max(axis=1)
        return differences

    def _require_equal_labels(self, expected: Predictions, found: Predictions) -> None:
        answers = self._answers
        different = np.flatnonzero(expected.values != found.values)
        if len(different):
            different = different[~is_tie(self._pipeline, answers.rows[different])]
        if len(different):
            row = answers.rows[different[0]]
            raise ExportError(
                f"its ONNX model predicts another class on {len(different)} of "
                f"{len(answers.rows)} generated rows, such as {self._describe(row)}"
                f"{self._remedy(row)}"
            )

    def _require_small(self, differences: Rows, expected: Predictions, found: Predictions) -> None:
        is_small = differences <= TOLERANCE  # false for NaN
        if is_small.all():
            return
        index = int(np.flatnonzero(~is_small)[0])
        row, size = self._answers.rows[index], f"{differences[index]:.2g}"
        what = f"probabilities differ by {size}"
        answers = expected.probabilities, found.probabilities
        if self._scale is not None:
            deviation = f"of the target's standard deviation, {self._scale.deviation:.4g},"
            what, answers = f"numbers differ by {size} {deviation}", (expected.values, found.values)
        assert answers[0] is not None  # noqa: S101 - they were compared
        assert answers[1] is not None  # noqa: S101 - as above
        raise ExportError(
            f"its ONNX model's {what} on the generated row {self._describe(row)}: "
            f"{describe_answers(answers[0][index], answers[1][index])}; "
            f"at most {TOLERANCE:g} is allowed{self._remedy(row)}"
        )

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
            remedy = self._remedy(row)
            if not remedy or "categories" in answers.error:
                remedy = (
                    "; set handle_unknown of encoders, such as "
                    'OneHotEncoder(handle_unknown="ignore"), and use steps that take any number'
                )
            raise ExportError(
                f"it fails on a row that /predict accepts, {self._describe(row)} "
                f"({answers.error}){remedy}"
            )

    def _describe(self, row: Rows) -> str:
        return describe_row(row, self._pipeline.features)

    def _remedy(self, row: Rows) -> str:
        if not self._has_own_steps:
            return ""
        return f"; {suggest_limits(row, self._rows, self._pipeline.features)}"

"""Prove that the wrapped model answers as the bare one does, also on rows beyond the data."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from shared.contract.documents import Feature
from shared.contract.parity import Parity, TargetScale
from shared.inference.golden_rows import TOLERANCE
from shared.inference.servable import AnyRows, Predictions, Rows
from shared.inference.target_scale import relative_differences
from trainer.brought_models.bare.unfit_model import UnfitModelError
from trainer.brought_models.model_process import ModelProcess
from trainer.export.gap_rows import make_gap_rows
from trainer.export.generated_rows import RowGenerator
from trainer.export.row_text import describe_row

Numbers = npt.NDArray[np.float64]
GENERATED_ROWS = 2000
SEED = 0
_SINGLE_ROWS = 16
"""Rows of the holdout that are also answered one by one."""
_CHUNK_ROWS = 20_000
"""Rows of one step of the child process, whose time is limited."""


def predict_in_steps(predict: Callable[[AnyRows], Predictions], rows: Rows) -> Predictions:
    """Predict for many rows in several steps."""
    parts = [
        predict(rows[start : start + _CHUNK_ROWS]) for start in range(0, len(rows), _CHUNK_ROWS)
    ]
    shares = [part.probabilities for part in parts if part.probabilities is not None]
    values = np.concatenate([part.values for part in parts])
    return Predictions(values, np.concatenate(shares) if shares else None)


def prove_wrapping(
    process: ModelProcess, features: Sequence[Feature], holdout: Rows, scale: TargetScale | None
) -> tuple[Parity, Predictions]:
    """Return the proof, and the wrapped model's answers to the holdout.

    *scale* is that of a regression's target. Raises UnfitModelError if an answer differs, or is
    not finite for a row of the holdout or for one with missing values or unseen categories.
    """
    answers = predict_in_steps(process.predict, holdout)
    bare = predict_in_steps(process.predict_bare, holdout)
    _require_finite(bare, "of the holdout")
    largest = _compare(holdout, features, bare, answers, scale)
    _require_single_rows(process, holdout, answers, scale)
    gaps = make_gap_rows(holdout, features)
    generated = RowGenerator(holdout, features, np.zeros(0), SEED).generate(GENERATED_ROWS)
    for rows, what in ((gaps, "with missing values or unseen categories"), (generated, "")):
        if not len(rows):
            continue
        try:
            expected, found = process.predict_bare(rows), process.predict(rows)
        except UnfitModelError as error:
            raise UnfitModelError(
                f"The model fails on rows {what or 'beyond the data'}, which /predict accepts. "
                f"{error}"
            ) from error
        if what:
            _require_finite(expected, what)
        largest = max(largest, _compare(rows, features, expected, found, scale))
    is_classifier = scale is None
    has_numbers = answers.probabilities is not None
    return Parity(
        rows=len(holdout) + len(gaps),
        labels_equal=True,
        max_probability_difference=largest if is_classifier and has_numbers else None,
        max_relative_difference=None if is_classifier else largest,
        target=scale,
        generated_rows=len(generated),
        generated_seed=SEED,
    ), answers


def _require_finite(answers: Predictions, what: str) -> None:
    numbers = answers.values if answers.probabilities is None else answers.probabilities
    is_finite = np.isfinite(numbers.reshape(len(numbers), -1)).all(axis=1)
    if not is_finite.all():
        raise UnfitModelError(
            f"The answers of the model are not finite for {int((~is_finite).sum())} of "
            f"{len(is_finite)} rows {what}. Correct the model; missing values reach it as NaN."
        )


def _require_single_rows(
    process: ModelProcess, holdout: Rows, answers: Predictions, scale: TargetScale | None
) -> None:
    """Raise UnfitModelError if the answer to a row depends on the other rows of its call."""
    count = min(len(holdout), _SINGLE_ROWS)
    alone = [process.predict(holdout[index : index + 1]) for index in range(count)]
    found = Predictions(
        np.concatenate([each.values for each in alone]),
        None
        if answers.probabilities is None
        else np.concatenate([np.asarray(each.probabilities) for each in alone]),
    )
    expected = answers.choose([index < count for index in range(len(holdout))])
    if not (_measure(expected, found, scale) <= TOLERANCE).all():
        raise UnfitModelError(
            "The answer of the model to a row depends on the other rows of its call. Remove means "
            "and ranks over rows from the model, or compute them once when it is fitted."
        )


def _compare(
    rows: Rows,
    features: Sequence[Feature],
    bare: Predictions,
    wrapped: Predictions,
    scale: TargetScale | None,
) -> float:
    """Return the largest difference; raise UnfitModelError that shows a row if it is too large."""
    differences = _measure(bare, wrapped, scale)
    is_different = ~(differences <= TOLERANCE)  # this form also finds NaN
    if is_different.any():
        index = int(np.argmax(is_different))
        raise UnfitModelError(
            f"The model answers {int(is_different.sum())} of {len(rows)} rows in another way when "
            f"it is wrapped, such as {describe_row(rows[index], features)}: {_show(bare, index)} "
            f"and then {_show(wrapped, index)}. Export the model with a free dimension of rows, "
            "and without random operators."
        )
    return float(differences.max(initial=0.0))


def _measure(bare: Predictions, wrapped: Predictions, scale: TargetScale | None) -> Rows:
    """Return the difference of the answers to each row, as a Parity states it."""
    if scale is not None:
        with np.errstate(invalid="ignore", over="ignore"):  # numbers far from the data
            relative = relative_differences(scale, bare.values, wrapped.values)
        return np.where(_are_same(bare.values, wrapped.values), 0.0, relative)
    has_same_label = bare.values == wrapped.values
    if bare.probabilities is None or wrapped.probabilities is None:
        return np.where(has_same_label, 0.0, 1.0)
    with np.errstate(invalid="ignore"):
        apart = np.abs(bare.probabilities - wrapped.probabilities)
    apart = np.where(_are_same(bare.probabilities, wrapped.probabilities), 0.0, apart)
    return np.where(has_same_label | _is_tie(bare), apart.max(axis=1), 1.0)


def _are_same(first: Numbers, second: Numbers) -> npt.NDArray[np.bool_]:
    return np.asarray((first == second) | (np.isnan(first) & np.isnan(second)))


def _is_tie(answers: Predictions) -> npt.NDArray[np.bool_]:
    """Report for each row whether its two largest probabilities are nearly equal."""
    in_order = np.sort(np.asarray(answers.probabilities), axis=1)
    return np.asarray(~(in_order[:, -1] - in_order[:, -2] > TOLERANCE))  # also where it is NaN


def _show(answers: Predictions, index: int) -> str:
    if answers.probabilities is None:
        return f"{answers.values[index]:.6g}"
    return str([float(f"{each:.4g}") for each in answers.probabilities[index][:4]])

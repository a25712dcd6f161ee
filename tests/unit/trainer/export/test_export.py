"""An export is published only with the proof that it answers as what was fitted."""

import io
import threading
from dataclasses import replace
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, PowerTransformer, StandardScaler

from shared.contract.documents import JOBLIB_MEDIA_TYPE, ONNX_MEDIA_TYPE
from shared.contract.golden_rows import GoldenRows
from shared.contract.layout import ARTEFACT, GOLDEN, JOBLIB_MODEL, ONNX_MODEL
from shared.contract.parity import TargetScale
from shared.errors import ExportError
from shared.inference.build import build_servable
from shared.inference.dataframe import to_frame
from shared.inference.golden_rows import verify_golden_rows
from shared.inference.servable import Predictions, Servable
from shared.store.models import ModelBytes
from tests.support.tables.tables import SCHEMA, blob_parts
from tests.unit.trainer.estimators import Unconvertible
from trainer.console import Console
from trainer.dataset.split import Split, Splits
from trainer.export.export import ExportedCandidate, export_candidate
from trainer.export.golden_rows import GOLDEN_ROWS, choose_golden_rows
from trainer.export.parity import prove_parity
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import TrialContext

PARTS = blob_parts()


def exported(
    estimator: Any, parts: Splits = PARTS, *, allow_joblib: bool = False
) -> ExportedCandidate:
    (attempt,) = fit_candidates(
        {"it": estimator}, TrialContext(parts, SCHEMA, "f1", 42), Console(io.StringIO())
    )
    assert attempt.fitted is not None, attempt.result.error
    return export_candidate(attempt.fitted, SCHEMA, parts, allow_joblib=allow_joblib)


def served(result: ExportedCandidate) -> tuple[Servable, GoldenRows]:
    """Build the model as the gatekeeper and the predictor do."""
    artefact = result.artefact
    golden = GoldenRows.decode(result.files[GOLDEN], GOLDEN)
    model = ModelBytes(result.digest, artefact, golden, result.files[artefact.model.name], ())
    return build_servable(model, allow_joblib=True), golden


@pytest.mark.parametrize(
    "estimator",
    [make_pipeline(StandardScaler(), LogisticRegression()), RandomForestClassifier(10)],
    ids=["linear", "forest"],
)
def test_an_artefact_holds_the_model_its_schema_and_golden_rows(estimator: Any) -> None:
    result = exported(estimator)

    artefact = result.artefact
    assert artefact.model.media_type == ONNX_MEDIA_TYPE
    assert artefact.features == SCHEMA.features
    assert (artefact.classes, artefact.has_probabilities) == (SCHEMA.classes, True)
    assert set(result.files) == {ARTEFACT, GOLDEN, ONNX_MODEL, JOBLIB_MODEL}
    assert result.files[ARTEFACT] == artefact.encode()
    assert result.parity is not None
    assert result.parity.rows == len(PARTS.validation.rows) + len(PARTS.holdout.rows)
    assert result.parity.labels_equal
    servable, golden = served(result)
    verify_golden_rows(servable, golden, artefact)
    assert set(golden.predictions) == {0.0, 1.0}
    assert np.array_equal(servable.predict(PARTS.holdout.rows).values, result.holdout.values)


def test_the_fitted_pipeline_is_kept_for_people() -> None:
    result = exported(LogisticRegression())

    pipeline = joblib.load(io.BytesIO(result.files[JOBLIB_MODEL]))

    assert np.array_equal(
        pipeline.predict(to_frame(PARTS.holdout.rows, SCHEMA.features)), result.holdout.values
    )


def test_a_classifier_without_probabilities_is_exported_by_its_labels() -> None:
    result = exported(RidgeClassifier())

    servable, golden = served(result)
    assert not result.artefact.has_probabilities
    assert golden.probabilities is None
    assert result.parity is not None
    assert result.parity.max_probability_difference is None
    verify_golden_rows(servable, golden, result.artefact)


def shifted(by: float) -> Splits:
    """Move the rows far from zero, where float32 is coarse and float64 is not."""
    return Splits(*(Split(part.rows + by, part.target) for part in PARTS.by_name().values()))


SCALED = make_pipeline(StandardScaler(), LogisticRegression())


def behind_logarithms(max_bins: int) -> Any:
    """Build trees whose thresholds are values of the data, behind a step that is not exact."""
    return make_pipeline(
        PowerTransformer(), HistGradientBoostingClassifier(max_iter=20, max_bins=max_bins)
    )


NEARBY = blob_parts(distance=1.0)
NOT_FAITHFUL = {
    "other probabilities": (
        behind_logarithms(8),
        NEARBY,
        r"probabilities differ by \S+ on the generated row \{'width': ",
    ),
    "other labels": (
        behind_logarithms(16),
        NEARBY,
        r"another class on \d+ of 5000 generated rows, such as \{'width': ",
    ),
    "no converter": (Unconvertible(), PARTS, "does not convert to ONNX .*Unconvertible"),
}


@pytest.mark.parametrize("by", [1e4, 1e6, 1e9])
def test_rows_far_from_zero_are_computed_in_float64(by: float) -> None:
    result = exported(SCALED, shifted(by))

    assert result.artefact.model.media_type == ONNX_MEDIA_TYPE
    assert result.parity is not None
    assert result.parity.max_probability_difference is not None
    assert result.parity.max_probability_difference < 1e-6


@pytest.mark.parametrize(("estimator", "parts", "reason"), NOT_FAITHFUL.values(), ids=NOT_FAITHFUL)
def test_a_model_that_differs_is_refused_and_allow_joblib_is_named(
    estimator: Any, parts: Splits, reason: str
) -> None:
    with pytest.raises(ExportError, match=f"{reason}.*ALLOW_JOBLIB=true"):
        exported(estimator, parts)


@pytest.mark.parametrize(("estimator", "parts", "_reason"), NOT_FAITHFUL.values(), ids=NOT_FAITHFUL)
def test_with_allow_joblib_a_model_that_differs_is_served_as_a_pickle(
    estimator: Any, parts: Splits, _reason: str
) -> None:
    result = exported(estimator, parts, allow_joblib=True)

    servable, golden = served(result)
    assert result.artefact.model.media_type == JOBLIB_MEDIA_TYPE
    assert set(result.files) == {ARTEFACT, GOLDEN, JOBLIB_MODEL}
    assert result.parity is None
    verify_golden_rows(servable, golden, result.artefact)


def test_allow_joblib_changes_nothing_for_a_model_that_converts() -> None:
    forced = exported(LogisticRegression(), allow_joblib=True)

    assert forced.artefact == exported(LogisticRegression()).artefact


def test_a_pipeline_that_cannot_be_pickled_is_always_refused() -> None:
    lock = threading.Lock()
    with_lock = FunctionTransformer(lambda rows: (rows, lock)[0])
    pipeline = make_pipeline(with_lock, LogisticRegression())

    with pytest.raises(ExportError, match="cannot be pickled"):
        exported(pipeline, allow_joblib=True)


def answers(*probabilities: float) -> Predictions:
    second = np.array(probabilities)
    return Predictions((second > 0.5).astype(np.int64), np.column_stack((1 - second, second)))


def test_parity_measures_the_largest_difference() -> None:
    parity = prove_parity(None, answers(0.1, 0.9), answers(0.1, 0.900001))

    assert parity.max_probability_difference == pytest.approx(1e-6)


@pytest.mark.parametrize("wrong", [0.90002, float("nan")])
def test_parity_refuses_probabilities_that_differ_or_are_nan(wrong: float) -> None:
    off = replace(answers(0.1, 0.9), probabilities=answers(0.1, wrong).probabilities)

    with pytest.raises(ExportError, match="probabilities differ"):
        prove_parity(None, answers(0.1, 0.9), off)


def test_golden_rows_have_every_class_and_a_clear_margin() -> None:
    many = np.concatenate((np.full(100, 0.9), [0.5, 0.5004, 0.1, 0.2]))

    chosen = choose_golden_rows(answers(*many), 2)

    assert len(chosen) == GOLDEN_ROWS
    assert {102, 103} <= set(chosen.tolist())
    assert not {100, 101} & set(chosen.tolist())
    assert chosen.tolist() == sorted(chosen.tolist())


def test_if_no_row_has_a_margin_the_clearest_row_is_golden() -> None:
    assert choose_golden_rows(answers(0.5, 0.5003, 0.5), 2).tolist() == [1]


def numbers(*values: float) -> Predictions:
    return Predictions(np.array(values), None)


SECONDS = TargetScale(mean=1.76e9, deviation=170.0)


def test_parity_of_numbers_is_relative_to_the_deviation_of_the_target() -> None:
    parity = prove_parity(
        SECONDS, numbers(1.76e9, 1.76e9 + 500), numbers(1.76e9 + 1e-3, 1.76e9 + 500)
    )

    assert parity.max_probability_difference is None
    assert parity.target == SECONDS
    assert parity.max_relative_difference == pytest.approx(1e-3 / 170.0, rel=1e-3)


def test_parity_of_numbers_far_outside_is_relative_to_their_distance_from_the_mean() -> None:
    parity = prove_parity(SECONDS, numbers(-1e12), numbers(-1e12 + 1e6))

    assert parity.max_relative_difference == pytest.approx(1e-6, rel=2e-3)


def test_parity_refuses_numbers_in_the_steps_of_float32() -> None:
    expected = 1.76e9 + np.arange(0.0, 500.0)
    steps = Predictions(expected.astype(np.float32).astype(np.float64), None)

    with pytest.raises(ExportError, match=r"differ by up to 0\.38 of the target's .* 170, on 500"):
        prove_parity(SECONDS, Predictions(expected, None), steps)


@pytest.mark.parametrize("wrong", [1.0001, float("inf"), float("nan")])
def test_parity_refuses_numbers_that_differ_or_are_nan(wrong: float) -> None:
    with pytest.raises(ExportError, match="numbers differ by up to"):
        prove_parity(TargetScale(mean=1.5, deviation=0.5), numbers(1.0, 2.0), numbers(wrong, 2.0))


def test_parity_is_as_strict_for_tiny_numbers() -> None:
    with pytest.raises(ExportError, match="numbers differ"):
        prove_parity(
            TargetScale(mean=1.5e-9, deviation=5e-10), numbers(1e-9, 2e-9), numbers(1.1e-9, 2e-9)
        )


def test_golden_rows_of_a_regressor_are_spread_over_its_answers() -> None:
    values = np.concatenate((np.linspace(-1000, 1000, 2001), [1e-9]))

    chosen = choose_golden_rows(Predictions(values, None), 0)

    assert len(chosen) == GOLDEN_ROWS
    assert chosen.tolist() == sorted(chosen.tolist())
    assert {0, 2000} <= set(chosen.tolist()), "the least and the most"
    assert np.abs(values[chosen]).min() >= 50, "none near zero"


def test_rows_with_equal_predictions_can_be_golden() -> None:
    assert choose_golden_rows(numbers(0.0, 0.0), 0).tolist() == [0, 1]

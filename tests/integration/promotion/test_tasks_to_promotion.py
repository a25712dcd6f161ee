"""From rows to production: three classes and numbers, published by a trainer, judged by a gate."""

from io import StringIO
from typing import Any

import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import Manifest
from shared.contract.layout import REFERENCE
from shared.maintenance.store_checker import check_store
from shared.metric_text import name_metric
from shared.store.store import ModelStore
from tests.support.stores.gatekeeping import failed_checks, gatekeeper_of, outcomes
from tests.support.tables.tables import in_parts, noisy_plane, three_groups
from trainer.console import Console
from trainer.dataset.dataset import Dataset
from trainer.dataset.row_hashing import hash_splits
from trainer.dataset.split import SplitRule
from trainer.export.choose import choose_candidate
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import TrialContext
from trainer.publishing import console_report
from trainer.publishing.data_summary import summarise_data
from trainer.publishing.holdout_report import make_holdout_report
from trainer.publishing.publish import RunRecord, publish
from trainer.publishing.reference_file import encode_reference

CASES = {
    "three classes": (
        three_groups(),
        "f1_macro",
        LogisticRegression(),
        DecisionTreeClassifier(max_depth=1),
    ),
    "numbers": (
        noisy_plane(),
        "neg_root_mean_squared_error",
        LinearRegression(),
        DecisionTreeRegressor(max_depth=1),
    ),
}


def published(
    store: ModelStore, data: Dataset, metric: str, **table: Any
) -> tuple[Manifest, list[str]]:
    """Train as `train` does, on a table that is here already."""
    console, parts = Console(StringIO()), in_parts(data)
    attempts = fit_candidates(table, TrialContext(parts, data.schema, metric, 42), console)
    choice = choose_candidate(attempts, data.schema, parts, console, allow_joblib=False)
    summary = summarise_data(data, data.fingerprint, parts, SplitRule(), None)
    run = RunRecord(summary, metric, 42, "here", {}, {})
    hashes = hash_splits(data, len(parts.holdout.rows))
    report = make_holdout_report(choice.exported, parts.holdout, metric, 42)
    reference = encode_reference(choice.exported, parts.train.rows, console)
    manifest = publish(
        store, choice, parts.holdout, hashes, run, report=report, reference=reference
    )
    lines = console_report.describe_candidates(choice, metric, data.schema.classes)
    return manifest, [*lines, *console_report.describe_publication(manifest, report, 0.0)]


@pytest.mark.parametrize(("data", "metric", "good", "weak"), CASES.values(), ids=CASES)
def test_a_good_model_is_promoted_and_a_weak_one_refused(
    store: ModelStore, data: Dataset, metric: str, good: Any, weak: Any
) -> None:
    gatekeeper = gatekeeper_of(store, GatePolicy(metric=metric))

    first, lines = published(store, data, metric, good=good, weak=weak)
    gatekeeper.poll()
    second, _ = published(store, data, metric, weak=weak)
    gatekeeper.poll()

    assert outcomes(store) == ["promoted", "refused"]
    assert list(failed_checks(store, second.candidate_id)) == ["champion-comparison"]
    assert check_store(store) == []
    assert first.find(REFERENCE) is not None
    registry = store.decision_log().registry
    assert registry is not None
    assert registry.model_name == "good"
    assert registry.metrics[metric] == pytest.approx(first.holdout_metrics[metric])
    (header,) = (line for line in lines if line.strip().startswith("estimator"))
    assert header.split()[1] == name_metric(metric)
    (exported,) = (line for line in lines if line.startswith("Export: ONNX, "))
    assert ("numbers" in exported) == (not data.schema.classes)
    assert any(line.startswith("Confusion matrix of ") for line in lines) == bool(
        data.schema.classes
    )

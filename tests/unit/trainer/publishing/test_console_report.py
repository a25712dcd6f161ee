"""The lines that the trainer prints for people."""

from dataclasses import replace
from io import StringIO

import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier

from gatekeeper.client_output import show_history
from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision, Feature, Outcome
from shared.reports.report_document import CandidateReport
from shared.store.store import ModelStore
from tests.support.stores.builders import toy_candidate
from tests.support.stores.fake_services import decide
from tests.support.tables.tables import noisy_plane, two_blobs
from tests.unit.trainer.estimators import Failing, Unconvertible
from trainer.console import Console
from trainer.dataset.split import SplitRule, split_dataset
from trainer.export.choose import choose_candidate
from trainer.fitting.baseline import score_baseline
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import TrialContext
from trainer.publishing import console_report
from trainer.publishing.data_summary import summarise_data
from trainer.publishing.data_text import describe_data

DATA = two_blobs()
PARTS = split_dataset(DATA, "")
REPORT = CandidateReport(
    rows=40,
    confusion_matrix=None,
    curves=(),
    residuals=None,
    importances=(),
    importance_rows=40,
    shuffles=5,
    measured=("a", "b"),
    unmeasured=2998,
)


def test_the_data_and_its_splits_are_described() -> None:
    lines = describe_data(summarise_data(DATA, DATA.fingerprint, PARTS, SplitRule(), None))

    counts = [len(part.rows) for part in PARTS.by_name().values()]
    assert lines[0] == "Data: two blobs, 200 rows, 2 features, target size"
    assert lines[1] == "Features: 2 numbers"
    assert lines[2].startswith("Split: train {}, validation {}, holdout {} (train:".format(*counts))


def test_types_of_features_and_range_of_target_are_described() -> None:
    data = noisy_plane()
    summary = summarise_data(data, data.fingerprint, split_dataset(data, ""), SplitRule(), None)
    wide = {f"c{i}": ("a", "b") for i in range(9)}
    features = (
        Feature(name="age", type="number", nullable=True),
        Feature(name="price", type="number"),
        Feature(name="member", type="boolean"),
        *(Feature(name=name, type="category", categories=texts) for name, texts in wide.items()),
    )

    lines = describe_data(summary.model_copy(update={"features": features}))

    lowest, highest = data.target.min(), data.target.max()
    assert lines[0].endswith(f"12 features, target price from {lowest:.10g} to {highest:.10g}")
    shown = ", ".join(f"c{i} 2" for i in range(8))
    assert lines[1] == (
        f"Features: 2 numbers (1 with missing values), 1 boolean, 9 categories: {shown}, 1 more"
    )
    assert "(train:" not in lines[2]


def test_notes_on_columns_follow_the_features() -> None:
    data = replace(DATA, notes=("'ward' is read as strings.", "'index' is left out."))

    lines = describe_data(summarise_data(data, DATA.fingerprint, PARTS, SplitRule(), None))

    assert lines[2:4] == ["note: 'ward' is read as strings.", "note: 'index' is left out."]
    assert lines[4].startswith("Split: ")


def test_the_table_shows_the_chosen_candidate_its_matrix_and_the_excluded_ones() -> None:
    console = Console(StringIO())
    table = {"linear": LogisticRegression(), "ridge": RidgeClassifier(), "broken": Failing()}
    attempts = fit_candidates(table, TrialContext(PARTS, DATA.schema, "accuracy", 42), console)
    choice = choose_candidate(attempts, DATA.schema, PARTS, console, allow_joblib=False)

    lines = console_report.describe_candidates(choice, "accuracy", DATA.schema.classes)

    header = next(line for line in lines if "estimator" in line)
    assert header.split()[:2] == ["estimator", "accuracy"], "the deciding metric stands first"
    (marked,) = (line for line in lines if line.startswith("* "))
    assert marked.split()[1] == choice.name
    ridge = next(line for line in lines if line[2:].startswith("ridge"))
    assert "-" in ridge.split(), "it has no ROC AUC"
    assert any(line.startswith("  broken was excluded: ValueError: ") for line in lines)
    assert "  * is exported and published. Without a mark, the export was not tried." in lines
    (scores,) = (result for result in choice.results if result.name == choice.name)
    assert scores.confusion_matrix is not None
    for label, counts in zip(DATA.schema.classes, scores.confusion_matrix, strict=True):
        assert [label, *map(str, counts)] in [line.split() for line in lines]


def test_a_better_candidate_that_cannot_be_exported_keeps_its_score_and_a_mark() -> None:
    console = Console(StringIO())
    table = {"own": Unconvertible(), "weak": LogisticRegression(C=1e-9)}
    attempts = fit_candidates(table, TrialContext(PARTS, DATA.schema, "accuracy", 42), console)
    choice = choose_candidate(attempts, DATA.schema, PARTS, console, allow_joblib=False)
    own, weak = choice.results

    lines = console_report.describe_candidates(choice, "accuracy", DATA.schema.classes)

    assert [line.split()[:3] for line in lines if line.startswith(("x own ", "* "))] == [
        ["x", "own", f"{own.metrics['accuracy']:.4f}"],
        ["*", "weak", f"{weak.metrics['accuracy']:.4f}"],
        ["x", "own", "cannot"],
    ]
    assert any(line.startswith("x own cannot be exported: ") for line in lines)
    assert not any("export was not tried" in line for line in lines), "both were tried"


def test_the_publication_warns_that_a_better_candidate_could_not_be_exported() -> None:
    chosen = toy_candidate().manifest
    (ours, *_) = chosen.candidates
    metrics = {chosen.metric: ours.metrics[chosen.metric] + 0.01}
    lost = ours.model_copy(update={"name": "own", "metrics": metrics, "error": "no converter"})
    manifest = chosen.model_copy(update={"candidates": (lost, ours)})

    lines = console_report.describe_publication(manifest, REPORT, 0.3)

    warning = next(line for line in lines if line.startswith("warning: own ("))
    assert warning.endswith(") is published instead.")


def test_the_baseline_is_the_last_row_also_beside_a_candidate_of_that_name() -> None:
    console = Console(StringIO())
    table = {"baseline": LogisticRegression()}
    attempts = fit_candidates(table, TrialContext(PARTS, DATA.schema, "accuracy", 42), console)
    choice = choose_candidate(attempts, DATA.schema, PARTS, console, allow_joblib=False)
    baseline = score_baseline(PARTS, DATA.schema, "accuracy")

    lines = console_report.describe_candidates(choice, "accuracy", DATA.schema.classes, baseline)

    ours, constant = (line for line in lines if line[2:].startswith("baseline"))
    assert (ours[0], constant[0]) == ("*", " ")
    assert constant.split()[1] == f"{baseline.metrics['accuracy']:.4f}"
    assert f"  The baseline always answers {baseline.answer}." in lines


def decision(store: ModelStore, outcome: Outcome) -> Decision:
    return decide(store, toy_candidate().publish(store), outcome)


def test_the_publication_names_the_time_of_each_step_and_what_was_not_measured() -> None:
    manifest = toy_candidate().manifest.model_copy(
        update={
            "durations": {
                "start_seconds": 1.8,
                "load_seconds": 0.42,
                "split_seconds": 0.01,
                "fit_seconds": 0.7,
                "report_seconds": 1.6,
                "encode_seconds": 0.2,
            }
        }
    )
    *_, measured, published, time = console_report.describe_publication(manifest, REPORT, 0.3)
    assert measured == "Report: the importance of 2 of 3000 features was measured"
    assert published == f"Published: candidate {manifest.candidate_id}"
    assert time == "Time: 4.8 s (start 1.8, load 0.4, fit 0.7, report 1.6, publish 0.3)"


def test_a_promotion_names_the_version_and_both_scores(store: ModelStore) -> None:
    assert console_report.describe_decision(decision(store, "promoted")) == [
        "Decision 1: toy promoted to v1 (accuracy 0.9784 on the holdout, production had 0.9700)"
    ]


@pytest.mark.parametrize(
    ("compared", "said"),
    [(46, "on the 46 of 160 holdout rows that v2 was not trained on"), (160, "on the holdout")],
)
def test_a_promotion_says_which_rows_its_score_is_of(
    store: ModelStore, compared: int, said: str
) -> None:
    promoted = decision(store, "promoted")
    assert promoted.registry is not None
    observed = {"rows": 160, "challenger": 0, "champion": 160 - compared, "compared": compared}
    check = CheckResult(
        name="holdout-unseen", passed=True, observed=observed, required=None, message="Fine."
    )
    registry = promoted.registry.model_copy(update={"previous_version": 2, "version": 3})
    found = promoted.model_copy(update={"checks": (check,), "registry": registry})

    (line,) = console_report.describe_decision(found)
    history = show_history({"decisions": [found.model_dump(mode="json")], "before": None})

    assert line.endswith(f"promoted to v3 (accuracy 0.9784 {said}, production had 0.9700)")
    assert f"{compared} of 160" in history


def test_the_same_model_again_is_said_to_be_the_same(store: ModelStore) -> None:
    first, second = console_report.describe_decision(decision(store, "promoted"), 7)
    assert first.startswith("Decision 1: toy promoted to v1")
    assert second.startswith("  It is the same model as v7, byte for byte.")
    assert "GATEKEEPER_SKIP_IDENTICAL=true" in second


def test_a_refusal_says_what_was_observed_and_what_required(store: ModelStore) -> None:
    assert console_report.describe_decision(decision(store, "refused")) == [
        "Decision 1: toy refused, production stays as it is",
        "  metric not below champion: observed 0.7361, required 0.9784",
        "    f1 0.7361 is worse than the 0.9784 of version 4, scored on the same rows.",
    ]


def test_a_check_over_many_values_is_printed_with_its_sentence(store: ModelStore) -> None:
    refused = decision(store, "refused")
    shapes = {"observed": {"features": 3}, "required": {"features": 2}}
    check = refused.failed[0].model_copy(update=shapes)

    lines = console_report.describe_decision(refused.model_copy(update={"checks": (check,)}))

    assert lines[1:] == [f"  {check.name}: failed", f"    {check.message}"]


def test_inconclusive_shows_the_observed_values(store: ModelStore) -> None:
    first, *others = console_report.describe_decision(decision(store, "inconclusive"))
    assert first == "Decision 1: toy inconclusive, production stays as it is"
    assert others


def test_unchanged_gives_the_reason(store: ModelStore) -> None:
    assert console_report.describe_decision(decision(store, "unchanged")) == [
        "Decision 1: toy unchanged, production has the same model"
    ]

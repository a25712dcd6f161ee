"""One line says that all is well, or what is not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gatekeeper.live_status.bodies import LiveDrift
from gatekeeper.live_status.health import HealthFacts, describe_health
from shared.live.drift_record import DriftedPart

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
NO_DRIFT = LiveDrift(version=3, checked_at=NOW, not_checked=None, drifted=[])
WELL = HealthFacts(
    version=3,
    last_error=None,
    live=2,
    serving=2,
    failing=0,
    quarantined=0,
    is_judged=True,
    requests=2000,
    failed=3,
    drift=NO_DRIFT,
)


def drifted(*features: str | None) -> LiveDrift:
    parts = [
        DriftedPart(
            part="values" if name else "predictions",
            feature=name,
            stability_index=0.4,
            p_value=0.0,
            rows=2000,
            since=NOW,
        )
        for name in features
    ]
    return NO_DRIFT.model_copy(update={"drifted": parts})


def test_a_healthy_line_says_what_is_well() -> None:
    found = describe_health(WELL)
    assert found.healthy
    assert found.sentence == (
        "Healthy: v3 serves on 2 of 2 live workers; 2,000 requests in the last hours; no drift."
    )
    found = describe_health(replace(WELL, live_score="live f1 0.97 (0.96 to 0.98)"))
    assert found.sentence.endswith("no drift; live f1 0.97 (0.96 to 0.98).")
    once = describe_health(replace(WELL, requests=1, failed=0)).sentence
    assert "; 1 request in the last hours;" in once
    unknown = LiveDrift(version=None, checked_at=None, not_checked="Too few rows.", drifted=[])
    found = describe_health(replace(WELL, requests=0, failed=0, drift=unknown))
    assert found.healthy
    assert found.sentence.endswith("no requests in the last hours; drift is not checked yet.")


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        (replace(WELL, version=None), "Nothing is in production yet."),
        (replace(WELL, live=0, serving=0), "No worker of the predictor is live."),
        (replace(WELL, serving=1, failing=1), "1 of 2 workers cannot load v3."),
        (replace(WELL, quarantined=2), "v3 is in quarantine on 2 of 2 workers."),
        (replace(WELL, failed=20), "20 of the last 2,000 requests failed (1 %)."),
        (replace(WELL, last_error="Disk full."), "Candidates cannot be decided now: Disk full."),
        (replace(WELL, drift=drifted("age")), "1 feature drifts: age."),
        (replace(WELL, drift=drifted(*"abcd")), "4 features drift: a, b, c and 1 more."),
        (replace(WELL, drift=drifted(None)), "The predictions drift."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_problem_has_its_sentence(facts: HealthFacts, problem: str) -> None:
    found = describe_health(facts)
    assert not found.healthy
    assert found.problems == [problem]
    assert found.sentence == f"Attention: {problem}"


def test_several_problems_are_all_named() -> None:
    found = describe_health(replace(WELL, failing=2, serving=0, drift=drifted("age", None)))
    assert len(found.problems) == 3


def test_workers_that_are_not_judged_yet_are_no_problem() -> None:
    assert describe_health(replace(WELL, live=0, serving=0, is_judged=False)).healthy


def test_drift_of_an_earlier_version_is_no_problem() -> None:
    assert describe_health(replace(WELL, version=4, drift=drifted("age"))).healthy


def test_a_line_with_a_problem_keeps_the_live_score() -> None:
    facts = replace(WELL, drift=drifted("income"), live_score="live MAE 7.1 (6.9 to 7.3)")
    found = describe_health(facts)
    assert found.problems == ["1 feature drifts: income."]
    assert found.live_score == "Live MAE 7.1 (6.9 to 7.3)."
    assert found.sentence == f"Attention: {found.problems[0]} {found.live_score}"

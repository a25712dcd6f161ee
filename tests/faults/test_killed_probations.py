"""A gatekeeper is killed while it rolls back a version that failed its probation."""

from gatekeeper.evidence.comparison_messages import ScoreDifference
from gatekeeper.evidence.live_results import LabelledScores
from gatekeeper.probation.label_looks import LabelBoard
from gatekeeper.probation.label_scores import LabelScores, identify_probation
from gatekeeper.probation.on_probation import find_probation
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from tests.faults.killing import dies_before_change
from tests.faults.support.effort import figure
from tests.faults.support.record import Record
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeping import outcomes
from tests.support.stores.probations import answer, look

KILLS = figure(quick=60, full=300)


WORSE = LabelledScores(
    labelled=500,
    rows=500,
    ids=500,
    challenger=0.7,
    champion=0.9,
    difference=ScoreDifference(
        difference=-0.2,
        low=-0.25,
        high=-0.15,
        confidence=0.95,
        probability=0.0,
        resamples=10_000,
        rows=500,
        differing_rows=120,
        standard_error=0.02,
    ),
)


def look_anew(store: ModelStore) -> None:
    """Let a gatekeeper poll that has just started, and has read only the labels."""
    fresh = ModelStore(store.layout.root)
    fresh.registry.roll_forward(fresh.decision_log())
    probation = find_probation(fresh.decision_log().decisions())
    labels = LabelBoard()
    if probation is not None and probation.begun_by % 4 == 0:  # every second version
        labels.found = LabelScores(identify_probation(probation), WORSE)
    look(fresh, labels=labels)


def count_rollbacks(store: ModelStore) -> int:
    return outcomes(store).count("rolled_back")


def test_a_gatekeeper_killed_at_any_change_rolls_back_each_version_once(
    store: ModelStore, record: Record
) -> None:
    kept = promote(store, toy_model(bias=0.5))
    kills = versions = 0
    while kills < KILLS:
        versions += 1
        failing = promote(store, toy_model(bias=float(versions)))
        is_failing = store.decision_log().next_number % 4 != 1
        worker = f"host-{versions}-5f0c9a3e"
        answer(store, failing, requests=100, failed=50 if is_failing else 0, worker=worker)
        turn = 1
        while count_rollbacks(store) < versions and dies_before_change(
            turn, lambda: look_anew(store)
        ):
            kills, turn = kills + 1, turn + 1
        look_anew(store)
        assert count_rollbacks(store) == versions
        registry = store.registry.read()
        assert registry is not None
        assert (registry.version, registry.digest) == (2 * versions + 1, kept.digest)
    failed = [e.decision.failed[0].name for e in store.decision_log().entries if e.decision.failed]
    assert {*failed} == {"probation-failures", "probation-labels"}
    record.add("killed probations", "kills", kills)
    assert [each for each in check_store(store) if each.kind == "error"] == []

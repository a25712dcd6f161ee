"""The benchmark's long logs are logs that every reader accepts."""

from pathlib import Path

from bench.fleet.candidate_copies import CandidateCopies
from bench.fleet.long_log import make_store
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of


def test_a_lengthened_log_is_whole_and_its_next_candidate_is_decided(
    store: ModelStore, tmp_path: Path
) -> None:
    for bias in (1.0, 2.0):
        toy_candidate(toy_model(bias=bias)).publish(store)
    gatekeeper_of(store).poll()
    long = make_store(store.layout.root, tmp_path / "long", 21)
    log = long.decision_log()
    outcomes = [entry.decision.outcome for entry in log.entries]
    assert len(outcomes) == 21
    assert (outcomes.count("promoted"), outcomes[-1]) == (11, "rolled_back")
    assert log.registry == long.registry.read()
    assert log.registry is not None
    assert log.registry.version == 12
    gatekeeper_of(long).poll()
    assert [issue for issue in check_store(long) if issue.kind == "error"] == []

    copies = CandidateCopies(long, log.registry.candidate_id)
    published = [copies.publish(), copies.publish()]
    gatekeeper_of(long).poll()
    decided = [long.decision_log().decision_on(candidate_id) for candidate_id in published]
    assert [each.outcome for each in decided if each] == ["promoted", "promoted"]

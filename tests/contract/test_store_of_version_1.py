"""A store that version 1 of the format wrote stays readable, servable and extensible."""

import shutil
from pathlib import Path

import pytest

from gatekeeper.api.decision_history import DecisionHistory
from gatekeeper.api.prometheus import GatekeeperCollector, create_evaluation_times
from gatekeeper.client_output import show_decision
from gatekeeper.live_score.score_board import ScoreBoard
from gatekeeper.pages.overview import explain
from shared.inference.build import build_servable
from shared.inference.golden_rows import verify_golden_rows
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore, open_for_writing
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote, toy_candidate

WRITTEN = Path(__file__).parents[1] / "stores" / "v1"


@pytest.fixture
def written(tmp_path: Path) -> ModelStore:
    """Copy the store with file modes that a checkout does not keep."""
    shutil.copytree(WRITTEN, tmp_path / "store")
    for path in [tmp_path / "store", *(tmp_path / "store").rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    return open_for_writing(tmp_path / "store", "candidates")


def test_a_store_of_version_1_passes_fsck(written: ModelStore) -> None:
    assert check_store(written) == []


def test_every_document_of_version_1_keeps_its_content(written: ModelStore) -> None:
    log = written.decision_log()
    outcomes = [entry.decision.outcome for entry in log.entries]
    assert outcomes == ["promoted", "refused", "promoted", "rolled_back"]
    registry = written.registry.read()
    assert registry == log.registry
    assert registry is not None
    assert (registry.version, registry.model_name) == (3, "logistic_regression")
    first, refused = (written.candidates.manifest(name) for name in written.candidates.ids())
    assert (first.digest, refused.model_name) == (registry.digest, "weak")
    assert [beat.serving_version for beat in written.heartbeats.all()] == [3]


def test_a_model_of_version_1_reproduces_its_golden_rows(written: ModelStore) -> None:
    registry = written.registry.read()
    assert registry is not None
    model = written.models.read(registry.digest)
    verify_golden_rows(build_servable(model, allow_joblib=False), model.golden, model.artefact)


def test_checks_of_version_1_are_counted_by_id_and_shown_by_title(written: ModelStore) -> None:
    history = DecisionHistory(written)
    page = GatekeeperCollector(
        written,
        history,
        blocked=False,
        evaluations=create_evaluation_times(),
        awaiting_approval=(),
        live_scores=ScoreBoard("f1"),
    ).page()
    assert b'failed_checks_total{check="champion-comparison"} 1.0' in page
    assert b"metric not below" not in page
    refused = written.decision_log().entries[1].decision
    assert refused.failed[0].name == "metric not below the champion's by more than allowed"
    shown = show_decision(refused.model_dump(mode="json"))
    assert "score is not worse than the champion's by more than allowed" in shown
    assert explain(written.decision_log().entries[0].decision)


def test_a_store_of_version_1_takes_candidates_and_promotions(written: ModelStore) -> None:
    toy_candidate().publish(written)
    assert promote(written, toy_model()).version == 4
    assert check_store(written) == []

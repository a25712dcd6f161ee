"""GET /metrics of a gatekeeper process, before and after it was killed."""

from pathlib import Path

from shared.store.store import ModelStore
from tests.support.http.metrics_page import scrape
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import running_gatekeeper, weak_candidate

PREFIX = "modelgate_gatekeeper_"


def test_decisions_survive_a_restart(store: ModelStore, tmp_path: Path) -> None:
    toy_candidate(toy_model()).publish(store)
    weak_candidate().publish(store)
    with running_gatekeeper(store.layout.root, tmp_path / "first") as running:
        wait_for(lambda: len(store.decision_log().entries) == 2, "two decisions")
        before = scrape(running.url)
        running.kill()
    with running_gatekeeper(store.layout.root, tmp_path / "second") as running:
        after = scrape(running.url)
    assert before(f"{PREFIX}evaluation_duration_seconds_count") == 2
    assert after(f"{PREFIX}evaluation_duration_seconds_count") == 0
    for page in (before, after):
        assert page(f"{PREFIX}decisions_total", outcome="promoted") == 1
        assert page(f"{PREFIX}decisions_total", outcome="refused") == 1
        assert sum(page.all(f"{PREFIX}failed_checks_total").values()) == 1
        assert page(f"{PREFIX}registry_version") == 1
        assert page(f"{PREFIX}pending_candidates") == 0
        assert page(f"{PREFIX}blocked") == 0

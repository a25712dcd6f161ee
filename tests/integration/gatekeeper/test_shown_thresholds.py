"""The commands show the threshold of a model, if it has one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gatekeeper import client
from shared.contract.layout import ARTEFACT, CANDIDATES, DECISIONS, MODELS
from shared.contract.threshold import LabelThreshold
from shared.store.store import ModelStore, open_for_writing
from tests.support.http import plain_http
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeper_thread import GatekeeperThread, gatekeeper_thread

RULE = "large from probability 0.3"


def with_threshold(model: ToyModel) -> ToyModel:
    rule = LabelThreshold(label="large", probability=0.3)
    artefact = model.artefact.model_copy(update={"threshold": rule})
    return replace(model, files={**model.files, ARTEFACT: artefact.encode()}, artefact=artefact)


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return open_for_writing(tmp_path / "store", CANDIDATES, MODELS, DECISIONS)


@pytest.fixture
def running(store: ModelStore) -> Iterator[GatekeeperThread]:
    """Start a gatekeeper whose first model has no threshold, and whose second one has."""
    promote(store, toy_model())
    promote(store, with_threshold(toy_model(bias=1.0)))
    with gatekeeper_thread(store.layout.root) as started:
        yield started


def said(running: GatekeeperThread, capsys: pytest.CaptureFixture[str], *command: str) -> str:
    assert client.main(["--url", running.url, *command]) == 0
    return capsys.readouterr().out


def test_registry_history_and_status_show_the_threshold(
    running: GatekeeperThread, store: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert f"\nthreshold  {RULE}\n" in said(running, capsys, "registry")
    assert f"v2 is in production, with the threshold {RULE}." in said(running, capsys, "status")
    for command in ("history", "versions"):
        head, first, second = said(running, capsys, command).splitlines()
        place = head.index("threshold")
        assert first[place:].split()[0] == "-"
        assert second[place:].startswith(RULE)
    assert "threshold" not in said(running, capsys, "--json", "registry")


def test_without_a_threshold_nothing_is_said_of_it(
    store: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    promote(store, toy_model())
    with gatekeeper_thread(store.layout.root) as running:
        for command in ("registry", "history", "status"):
            assert "threshold" not in said(running, capsys, command)


def test_a_damaged_model_does_not_stop_the_list(
    running: GatekeeperThread, store: ModelStore
) -> None:
    registry = store.decision_log().registry
    assert registry is not None
    (store.models.directory(registry.digest) / ARTEFACT).write_text("{}")
    versions = plain_http.get(f"{running.url}/registry/history").json()["versions"]
    assert [each["threshold"] for each in versions] == [None, None]

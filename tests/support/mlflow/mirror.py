"""The mirror of a store on an MLflow server, and a follower that a test starts and kills."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.mlflow.server import MlflowServer
from tests.support.project import ROOT
from trainer.tracking.follower import Follower
from trainer.tracking.server_address import TrackingServer


class Mirror:
    """The runs and versions under one name, read over MLflow's REST API."""

    def __init__(self, server: MlflowServer, name: str) -> None:
        self.server = server
        self.name = name
        self.address = TrackingServer(server.url, name, name)

    def follower(self, store: ModelStore) -> Follower:
        return Follower(store, self.address, threading.Event())

    def environment(self, store: ModelStore) -> dict[str, str]:
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith("MLFLOW_")},
            "STORE_DIR": str(store.layout.root),
            "MLFLOW_TRACKING_URI": self.server.url,
            "MLFLOW_EXPERIMENT_NAME": self.name,
            "MLFLOW_MODEL_NAME": self.name,
        }

    @contextmanager
    def following(self, store: ModelStore, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
        """Run the follower as a process, and kill it at the end."""
        command = [sys.executable, "-m", "trainer.tracking"]
        with (
            log.open("ab") as output,
            subprocess.Popen(
                command, cwd=ROOT, env=self.environment(store), stderr=output
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def get(self, endpoint: str, **parameters: Any) -> Any:
        url = f"{self.server.url}/api/2.0/mlflow/{endpoint}"
        response = plain_http.get(url, params=parameters)
        return response.json() if response.status_code == 200 else {}

    def model(self) -> Any:
        return self.get("registered-models/get", name=self.name).get("registered_model", {})

    def versions(self) -> list[dict[str, str]]:
        """Return the tags of all versions, in the order of their numbers."""
        query = f"name = '{self.name}'"
        found = self.get("model-versions/search", filter=query, max_results=1000)
        versions = sorted(found.get("model_versions", []), key=lambda each: int(each["version"]))
        assert [int(each["version"]) for each in versions] == [*range(1, len(versions) + 1)]
        return [tags_of(each) for each in versions]

    def champion(self) -> int | None:
        """Return the version of Modelgate that has the alias."""
        aliases = {each["alias"]: each["version"] for each in self.model().get("aliases", [])}
        number = aliases.get("champion")
        return int(self.versions()[int(number) - 1]["modelgate.version"]) if number else None

    def runs(self) -> list[Any]:
        """Return all runs that are not deleted, oldest first."""
        found = self.get("experiments/get-by-name", experiment_name=self.name)
        if not found:
            return []
        body = {
            "experiment_ids": [found["experiment"]["experiment_id"]],
            "order_by": ["tags.modelgate.candidate"],
            "max_results": 1000,
        }
        url = f"{self.server.url}/api/2.0/mlflow/runs/search"
        runs = plain_http.post(url, json=body).json().get("runs", [])
        return sorted(runs, key=lambda run: tags_of(run["data"])["modelgate.candidate"])

    def files(self, run: Any, path: str = "") -> set[str]:
        listed = self.get("artifacts/list", run_id=run["info"]["run_id"], path=path)
        return {each["path"] for each in listed.get("files", [])}


def tags_of(thing: Any) -> dict[str, str]:
    return {each["key"]: each["value"] for each in thing.get("tags", [])}


def is_passed(mirror: Mirror, store: ModelStore) -> bool:
    """Return whether the mirror has the newest decision."""
    head = store.decision_log().head
    position = tags_of(mirror.model()).get("modelgate.decision", "")
    return head is not None and position == f"{head.decision.number} {head.sha256}"


def assert_complete(mirror: Mirror, store: ModelStore) -> None:
    """Assert that the server has each candidate, decision and version once, and in order."""
    log = store.decision_log()
    decisions = [entry.decision for entry in log.entries]
    registries = [each.registry for each in decisions if each.registry is not None]
    assert [
        (int(tags["modelgate.version"]), tags["modelgate.candidate"], tags["modelgate.digest"])
        for tags in mirror.versions()
    ] == [(each.version, each.candidate_id, each.digest) for each in registries]
    published = json.loads(store.layout.registry.read_bytes())
    assert mirror.champion() == published["version"] == registries[-1].version
    runs = [tags_of(run["data"]) for run in mirror.runs()]
    assert [tags["modelgate.candidate"] for tags in runs] == store.candidates.ids()
    outcomes = {each.candidate_id: each for each in decisions if each.candidate_id}
    for tags in runs:
        decision = outcomes[tags["modelgate.candidate"]]
        assert tags["modelgate.outcome"] == decision.outcome
        assert tags["modelgate.decision"] == str(decision.number)
        assert all(check.message in tags["modelgate.reason"] for check in decision.failed)

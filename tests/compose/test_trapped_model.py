"""A model that hangs for some rows is promoted in containers, and the version before it serves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.stacks.compose_stack import ComposeStack
from tests.stacks.published import publish_in
from tests.stacks.stack import running
from tests.support.http import plain_http
from tests.support.models import traps
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for
from tests.support.stores.builders import toy_candidate

pytestmark = pytest.mark.docker

GOOD, BAD = {"features": [1, 2]}, {"features": [1e21, 2]}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeStack]:
    """Start a project that promotes the bomb: its gate allows loops and another schema."""
    settings: dict[str, Any] = {
        "METRIC": "accuracy",
        "GATEKEEPER_ALLOW_OPERATORS": "Loop",
        "GATEKEEPER_ALLOW_SCHEMA_CHANGE": "true",
        "PREDICTOR_CALL_SECONDS": 2,
    }
    with running(ComposeStack(tmp_path_factory.mktemp("stack"), **settings)) as started:
        yield started


def test_the_version_before_serves_and_a_rollback_cures_it(
    stack: ComposeStack, tmp_path: Path
) -> None:
    (container,) = stack.inspect("predictor")
    url = f"http://127.0.0.1:{stack.predictor_port}/predict"

    def version_for(body: object) -> str | None:
        try:
            response = plain_http.post(url, json=body, timeout=60)
        except httpx.TransportError:
            return None
        version: str | None = response.headers.get("x-model-version")
        return version

    bomb = toy_candidate(traps.time_bomb(), model_name="bomb")
    publish_in(stack, bomb, tmp_path / "store")
    wait_for(lambda: version_for(GOOD) == "2", "the bomb in production")

    def falls_back() -> bool:
        version_for(BAD)
        status = stack.make("status").stdout
        return "v2 is in quarantine on 1 of 1 live workers" in status

    wait_for(falls_back, "the quarantine", 3 * PATIENCE_SECONDS)
    status = stack.make("status").stdout
    assert "Version 1 is served instead." in " ".join(status.split())
    assert stack.make("rollback", VERSION=1).returncode == 0
    wait_for(lambda: stack.version() == 3, "the rollback")
    assert "quarantine" not in stack.make("status").stdout
    (after,) = stack.inspect("predictor")
    assert after["Id"] == container["Id"]
    assert after["RestartCount"] == 0, "only the worker was replaced"
    wait_for(
        lambda: stack.inspect("predictor")[0]["State"]["Health"]["Status"] == "healthy", "health"
    )

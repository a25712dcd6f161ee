"""Services in containers send spans to a receiver in a network without a way to the outside."""

import json
import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stacks.compose_stack import ComposeStack
from tests.stacks.stack import running
from tests.support.http import plain_http
from tests.support.http.span_receiver import span_receiver
from tests.support.processes.wait_until import wait_for

pytestmark = pytest.mark.docker

VARIABLES = """
COMPOSE_FILE=docker-compose.yml:docker-compose.otel.yml
OTEL_EXPORTER_OTLP_ENDPOINT={url}
OTEL_NETWORK={network}
OTEL_BSP_SCHEDULE_DELAY=100
TRAINER_WAIT_SECONDS=600
"""
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture
def network() -> Iterator[str]:
    """Make a network as docs/spans.md says."""
    name = f"modelgate-test-{secrets.token_hex(3)}"
    subprocess.run(["docker", "network", "create", "--internal", name], check=True)
    try:
        yield name
    finally:
        subprocess.run(["docker", "network", "rm", name], check=True)


def test_a_training_its_decision_and_a_prediction_arrive(network: str, tmp_path: Path) -> None:
    command = ["docker", "network", "inspect", network]
    (facts,) = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    machine = facts["IPAM"]["Config"][0]["Gateway"]
    with span_receiver(host=machine) as receiver:
        files = {".env": VARIABLES.format(url=receiver.url, network=network)}
        with running(ComposeStack(tmp_path, files)) as stack:
            wait_for(lambda: receiver.named("decide"), "the decision")
            (run,), (decision,) = receiver.named("train"), receiver.named("decide")
            assert (decision.trace, decision.parent) == (run.trace, run.number)
            assert decision.attributes["modelgate.outcome"] == "promoted"
            response = plain_http.post(
                f"{stack.url}/predict",
                json={"features": [1.0] * 30},
                headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"},
            )
            assert response.status_code == 200
            wait_for(lambda: receiver.named("POST /predict"), "the prediction")
            (prediction,) = receiver.named("POST /predict")
            assert (prediction.trace, prediction.parent) == (TRACE, "00f067aa0ba902b7")
            assert prediction.attributes["modelgate.model.version"] == 1

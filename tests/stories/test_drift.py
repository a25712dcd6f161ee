"""Production drifts: the page says so, a webhook arrives once, and the stack trains by itself."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer

from tests.stacks.compose_stack import ComposeStack
from tests.stacks.stack import NewStack, Stack
from tests.support.http import plain_http
from tests.support.http.webhook_receiver import WebhookReceiver, webhook_receiver
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for

pytestmark = pytest.mark.thorough

REQUESTS = 2000
SHIFTED = "mean texture"
BEGAN = "custom_drift.began"


@pytest.fixture(scope="module")
def local_receiver() -> Iterator[WebhookReceiver]:
    with webhook_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def stack(new_stack: NewStack, local_receiver: WebhookReceiver) -> Iterator[Stack]:
    with new_stack(
        PREDICTOR_WORKERS=2,
        TRAINER_ON_DRIFT="true",
        GATEKEEPER_WEBHOOKS=local_receiver.url,
    ) as started:
        yield started


@pytest.fixture
def receiver(stack: Stack, local_receiver: WebhookReceiver) -> Iterator[WebhookReceiver]:
    """Return the receiver of the stack's webhooks; a container needs another address."""
    if not isinstance(stack, ComposeStack):
        yield local_receiver
        return
    (network,) = stack.inspect("notifier")[0]["NetworkSettings"]["Networks"].values()
    with webhook_receiver(host=network["Gateway"]) as found:
        stack.environment["GATEKEEPER_WEBHOOKS"] = found.url
        stack.compose("up", "--detach", "--no-deps", "notifier")
        yield found


def live(stack: Stack) -> dict[str, Any]:
    answer = plain_http.get(f"{stack.gatekeeper_url}/live.json", params={"range": "day"})
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def compared(stack: Stack, version: int) -> dict[str, Any] | None:
    """Return the last comparison, or None if it had another version or too few rows."""
    drift: dict[str, Any] = live(stack)["drift"]
    is_of_version = drift["version"] == version and drift["not_checked"] is None
    return drift if is_of_version else None


def requests_of(stack: Stack, version: int) -> int:
    return sum(each["requests"] for each in live(stack)["versions"] if each["version"] == version)


def rows(seed: int) -> NDArray[np.float64]:
    """Draw rows of the whole data set, which the model was trained on, with replacement."""
    data = load_breast_cancer().data
    chosen = np.random.default_rng(seed).integers(len(data), size=REQUESTS)
    drawn: NDArray[np.float64] = data[chosen]
    return drawn


def send(stack: Stack, drawn: NDArray[np.float64]) -> None:
    with httpx.Client(base_url=stack.url, trust_env=False, timeout=PATIENCE_SECONDS) as client:
        for row in drawn:
            answer = client.post("/predict", json={"features": row.tolist()})
            assert answer.status_code == httpx.codes.OK, answer.text


def drift_events(stack: Stack) -> list[dict[str, Any]]:
    found = stack.in_store("cat drift.json").stdout
    events: list[dict[str, Any]] = json.loads(found)["events"] if found else []
    return events


def test_requests_like_the_training_rows_are_counted_and_do_not_drift(stack: Stack) -> None:
    version = stack.version()
    before = requests_of(stack, version)
    send(stack, rows(seed=1))
    wait_for(lambda: requests_of(stack, version) >= before + REQUESTS, "all requests on /live")
    assert requests_of(stack, version) <= before + REQUESTS + 20, "few are of the stack itself"
    drift = wait_for(lambda: compared(stack, version), "a comparison of enough rows")
    assert drift["drifted"] == []
    assert drift_events(stack) == []


def test_a_shifted_feature_is_reported_sent_once_and_trained_on(
    stack: Stack, receiver: WebhookReceiver
) -> None:
    version = stack.version()
    data = load_breast_cancer()
    column = list(data.feature_names).index(SHIFTED)
    shifted = rows(seed=2)
    shifted[:, column] += data.data[:, column].std()
    before = live(stack)["drift"]["checked_at"]
    send(stack, shifted[: REQUESTS // 2])
    wait_for(lambda: live(stack)["drift"]["checked_at"] != before, "a look after ordinary rows")
    send(stack, shifted[REQUESTS // 2 :])
    event = wait_for(lambda: drift_events(stack)[:1], "drift", 2 * PATIENCE_SECONDS)[0]
    assert (event["kind"], event["version"], event["features"]) == ("began", version, [SHIFTED])
    wait_for(lambda: BEGAN in receiver.types, "a webhook")
    wait_for(lambda: has_trained(stack), "a training because of drift", 5 * PATIENCE_SECONDS)
    wait_for(lambda: stack.version() > version, "the version after the drift")
    # The next version also drifts if it answers the last of these rows.
    began = [each.payload["data"] for each in receiver.requests if each.payload["type"] == BEGAN]
    assert [each["version"] for each in began].count(version) == 1
    assert SHIFTED in plain_http.get(f"{stack.gatekeeper_url}/live").text
    assert stack.make("fsck").returncode == 0


def has_trained(stack: Stack) -> bool:
    run = plain_http.get(f"{stack.gatekeeper_url}/training").json()["last_run"]
    return bool(run) and "drift" in run["causes"] and run["result"] == "decided"

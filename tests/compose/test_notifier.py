"""Webhooks of the compose stack: one container sends them, and only with an address."""

import json

import pytest

from tests.stacks.compose_stack import ComposeStack
from tests.support.http.webhook_receiver import webhook_receiver
from tests.support.processes.wait_until import wait_for

pytestmark = pytest.mark.docker


def test_a_decision_is_sent_by_the_only_container_that_knows_the_address(
    stack: ComposeStack,
) -> None:
    (network,) = stack.inspect("notifier")[0]["NetworkSettings"]["Networks"].values()
    machine = network["Gateway"]
    with webhook_receiver(host=machine) as receiver:
        stack.environment["GATEKEEPER_WEBHOOKS"] = receiver.url
        stack.compose("up", "--detach", "--no-deps", "notifier")
        tested = stack.make("notify-test")
        assert "delivered, it answered 204" in tested.stdout, tested
        wait_for(
            lambda: stack.in_store("ls notifications").stdout.startswith(machine), "its cursor"
        )
        assert stack.make("retrain", TRAINER_CANDIDATES="examples.weak:CANDIDATES").returncode == 0
        wait_for(lambda: len(receiver.requests) == 2, "the decision")
    assert receiver.types == ["custom_test", "custom_model.refused"]
    for service in ("trainer", "gatekeeper", "predictor"):
        for container in stack.inspect(service):
            assert "secret-path" not in json.dumps(container), service
    assert "secret-path" not in stack.compose("logs").stdout
    assert stack.make("fsck").returncode == 0


def test_only_the_notifier_has_a_network_to_the_outside(stack: ComposeStack) -> None:
    (container,) = stack.inspect("notifier")
    (name,) = container["NetworkSettings"]["Networks"]
    assert name.endswith("_webhooks")
    (facts,) = json.loads(stack.run("docker", "network", "inspect", name).stdout)
    assert not any("masquerade" in option for option in facts["Options"])
    assert not container["HostConfig"]["PortBindings"]


def test_without_an_address_there_is_no_notifier(stack: ComposeStack) -> None:
    stack.environment["GATEKEEPER_WEBHOOKS"] = ""
    stack.up()
    assert stack.inspect("notifier") == []
    refused = stack.make("notify-test")
    assert refused.returncode != 0
    assert "GATEKEEPER_WEBHOOKS is not set" in refused.stderr

"""A pod that waits to train replaces the CronJob. It is as confined as a training."""

import pytest

from tests.chart.rendering import find, pod_template, render
from tests.chart.test_rendering import environment

pytestmark = pytest.mark.chart

OPTIONS = (
    "--set",
    "waitingTrainer.enabled=true,settings.trainer.TRAINER_WATCH=true",
    "--set-json",
    "settings.gatekeeper.GATEKEEPER_CONFIDENCE=0.95",
)
ROLE = "waiting-trainer"


def test_one_pod_waits_in_place_of_the_cron_job() -> None:
    manifests = render("default", *OPTIONS)
    assert not [each for each in manifests if each["kind"] == "CronJob"]
    deployment = find(manifests, "Deployment", ROLE)["spec"]
    assert (deployment["replicas"], deployment["strategy"]) == (1, {"type": "Recreate"})
    (container,) = deployment["template"]["spec"]["containers"]
    assert container["args"] == ["trainer.schedule"]
    variables = environment(manifests, "Deployment", ROLE)
    assert variables["TRAINER_WATCH"] == "true"
    assert variables["GATEKEEPER_CONFIDENCE"] == "0.95"
    assert "GATEKEEPER_CONFIDENCE" not in environment(manifests, "Job", "trainer")


def test_the_pod_has_the_rights_of_a_training_and_its_own_directory() -> None:
    manifests = render("default", *OPTIONS)
    waiting = pod_template(find(manifests, "Deployment", ROLE))["spec"]
    training = pod_template(find(manifests, "Job", "trainer"))["spec"]
    for field in ("securityContext", "automountServiceAccountToken", "volumes"):
        assert waiting[field] == training[field], field
    (container,), (trained,) = waiting["containers"], training["containers"]
    for field in ("image", "securityContext", "resources"):
        assert container[field] == trained[field], field
    store = [mount for mount in container["volumeMounts"] if mount["name"] == "store"]
    assert store == [
        {"name": "store", "mountPath": "/store", "readOnly": True},
        {"name": "store", "mountPath": "/store/candidates", "subPath": "candidates"},
        {"name": "store", "mountPath": "/store/training", "subPath": "training"},
    ]


def test_no_policy_of_the_network_forgets_the_pod() -> None:
    manifests = render("default", *OPTIONS)
    policy = find(manifests, "NetworkPolicy", "trainer")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    (expression,) = policy["podSelector"]["matchExpressions"]
    assert expression["key"] == "app.kubernetes.io/component"
    assert set(expression["values"]) == {"trainer", ROLE}


def test_a_restricted_namespace_has_the_directory_of_trainings_too() -> None:
    manifests = render("restricted", *OPTIONS)
    start = pod_template(find(manifests, "Deployment", "gatekeeper"))["spec"]["initContainers"][0]
    wait = pod_template(find(manifests, "Deployment", ROLE))["spec"]["initContainers"][0]
    assert " training " in start["command"][-1]
    assert "/store/training" in wait["command"][-1]

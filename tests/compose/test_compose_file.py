"""The whole loop in containers, as a user runs it."""

import json

import httpx
import pytest

from tests.compose.compose_stack import ComposeStack
from tests.e2e.local_stack import served_on
from tests.e2e.traffic import traffic

pytestmark = pytest.mark.docker


def test_the_configuration_is_clean(stack: ComposeStack) -> None:
    assert stack.compose("config", "--quiet").stderr == ""


def test_up_returns_when_the_first_model_is_served(stack: ComposeStack) -> None:
    assert stack.version() == 1
    assert httpx.get(f"{stack.gatekeeper_url}/registry").json()["version"] == 1
    assert stack.inspect("trainer")["State"]["ExitCode"] == 0


def test_the_targets_of_make_reach_the_containers(stack: ComposeStack) -> None:
    for target, expected in (
        ("predict", "model_version"),
        ("registry", "version"),
        ("history", "promoted"),
        ("status", "v1"),
        ("fsck", "0 errors"),
    ):
        shown = stack.make(target)
        assert (shown.returncode, expected in shown.stdout) == (0, True), shown


def test_versions_swap_under_traffic_without_a_failed_or_mixed_answer(stack: ComposeStack) -> None:
    with traffic(stack.url, stack.example()) as seen:
        seen.wait_for_version(1)
        for version, target, variables in (
            (2, "retrain", {}),
            (3, "retrain", {"TRAINER_CANDIDATES": "examples.forest:CANDIDATES"}),
            (4, "rollback", {"VERSION": 1}),
        ):
            done = stack.make(target, **variables)
            assert done.returncode == 0, done
            if target == "retrain":
                assert served_on(done.stdout) == (version, 2, 2)
            seen.wait_for_version(version)
        refused = stack.make("retrain", TRAINER_CANDIDATES="examples.weak:CANDIDATES")
        assert (refused.returncode, "refused" in refused.stdout) == (0, True), refused
    assert seen.failures == []
    assert sorted(seen.answers) == [1, 2, 3, 4]
    assert all(len(answers) == 1 for answers in seen.answers.values()), seen.answers
    assert seen.answers[1] == seen.answers[2] == seen.answers[4] != seen.answers[3]


def test_a_rollback_needs_the_token(stack: ComposeStack) -> None:
    url = f"{stack.gatekeeper_url}/registry/rollback"
    assert httpx.post(url, json={"version": 1}).status_code == 401
    wrong = httpx.post(url, json={"version": 1}, headers={"Authorization": "Bearer guess"})
    assert wrong.status_code == 403


def test_a_data_set_from_the_host_is_mounted(stack: ComposeStack, tmp_path_factory: object) -> None:
    missing = stack.make("retrain", TRAINER_DATASET="data/nowhere.csv", TRAINER_TARGET="y")
    assert missing.returncode != 0
    assert "nowhere.csv" in missing.stdout + missing.stderr
    assert "Error 2" in missing.stderr


def test_every_predictor_of_a_scaled_service_converges(stack: ComposeStack) -> None:
    ports = f"{stack.predictor}-{stack.predictor + 2}"
    stack.environment["PREDICTOR_PORT"] = ports
    stack.up("--scale", "predictor=3", "--no-recreate")
    done = stack.make("retrain")
    assert served_on(done.stdout) == (5, 6, 6), done
    code = (
        "import json, urllib.request as r; print(json.dumps(sorted({json.load("
        "r.urlopen('http://predictor:8000/model'))['serving_version'] for _ in range(50)})))"
    )
    asked = stack.compose("exec", "-T", "gatekeeper", "python", "-c", code)
    assert json.loads(asked.stdout) == [5]

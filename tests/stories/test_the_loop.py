"""The whole loop as a user runs it: `make run`, and make targets in a second terminal."""

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from shared.layout import TRAINING_LOG
from tests.e2e.local_stack import ROOT, LocalStack, running_stack, served_on
from tests.e2e.traffic import traffic
from tests.waiting import wait_for


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """One stack with two workers for the tests of this file, in their order."""
    with running_stack(tmp_path_factory.mktemp("loop"), PREDICTOR_WORKERS=2) as running:
        yield running


def training_log(stack: LocalStack) -> list[dict[str, object]]:
    return [json.loads(line) for line in stack.store.layout.training_log.read_text().splitlines()]


def test_make_run_leads_to_a_served_model_and_a_curl_that_works(stack: LocalStack) -> None:
    line = next(
        line for line in stack.output().splitlines() if "curl" in line and "/predict" in line
    )
    command = line[line.index("curl") :]
    answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    body = json.loads(answer.stdout)
    assert (body["model_version"], body["label"]) in {(1, "malignant"), (1, "benign")}
    assert str(stack.gatekeeper) in stack.output()


def test_the_readmes_curl_gives_the_readmes_answer(stack: LocalStack) -> None:
    readme = (ROOT / "README.md").read_text()
    (command,) = re.findall(r"^(curl .*/predict.*)$", readme, re.MULTILINE)
    (promised,) = re.findall(r"^```json\n(.*?)```", readme, re.MULTILINE | re.DOTALL)
    command = command.replace("localhost:8000", f"127.0.0.1:{stack.predictor}")
    answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    found, expected = json.loads(answer.stdout), json.loads(promised)
    assert found.pop("probabilities") == pytest.approx(expected.pop("probabilities"), abs=0.01)
    assert found == expected


def test_a_user_can_ask_and_look(stack: LocalStack) -> None:
    assert "model_version" in stack.make("predict").stdout
    for target, expected in (("registry", "version"), ("history", "promoted"), ("status", "v1")):
        shown = stack.make(target)
        assert (shown.returncode, expected in shown.stdout) == (0, True), shown
    assert httpx.get(f"{stack.gatekeeper_url}/registry").json()["version"] == 1


def test_versions_swap_under_traffic_without_a_failed_or_mixed_answer(stack: LocalStack) -> None:
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
    assert seen.failures == []
    assert sorted(seen.answers) == [1, 2, 3, 4]
    assert all(len(answers) == 1 for answers in seen.answers.values()), seen.answers
    assert seen.answers[1] == seen.answers[2] == seen.answers[4] != seen.answers[3]


def test_a_worse_candidate_is_refused_and_production_is_untouched(stack: LocalStack) -> None:
    before, answer = stack.store.layout.registry.read_bytes(), stack.predict()
    refused = stack.make("retrain", TRAINER_CANDIDATES="examples.weak:CANDIDATES")
    assert refused.returncode == 0
    assert "refused" in refused.stdout
    assert stack.store.layout.registry.read_bytes() == before
    newest = next(stack.store.decision_log().decisions())
    assert newest.outcome == "refused"
    (check,) = newest.failed
    assert check.observed < check.required
    assert f"{check.observed:.4f}" in refused.stdout
    assert f"{check.required:.4f}" in refused.stdout
    assert training_log(stack)[-1]["outcome"] == "refused"
    assert stack.predict() == answer
    strict = subprocess.run(
        [str(Path.cwd() / ".venv/bin/python"), "-m", "trainer", "--require-promotion"],
        env=stack.environment | {"TRAINER_CANDIDATES": "examples.weak:CANDIDATES"},
        check=False,
        capture_output=True,
    )
    assert strict.returncode == 3


def test_a_rollback_needs_the_token(stack: LocalStack) -> None:
    url, before = f"{stack.gatekeeper_url}/registry/rollback", stack.predict()
    assert httpx.post(url, json={"version": 1}).status_code == 401
    wrong = httpx.post(url, json={"version": 1}, headers={"Authorization": "Bearer guess"})
    assert wrong.status_code == 403
    assert stack.predict() == before
    unknown = stack.make("rollback", VERSION=99)
    assert unknown.returncode != 0
    assert "99" in unknown.stdout + unknown.stderr


def test_a_service_that_dies_is_restarted(stack: LocalStack) -> None:
    before, services = stack.predict(), psutil.Process(stack.manager).children()
    assert len(services) >= 2
    for service in services:
        service.kill()
    wait_for(lambda: not any(service.is_running() for service in services), "their end")
    wait_for(lambda: answers(stack), "both services to answer again")
    assert stack.predict() == before


def answers(stack: LocalStack) -> bool:
    try:
        urls = (f"{stack.url}/readyz", f"{stack.gatekeeper_url}/readyz")
        return all(httpx.get(url).status_code == 200 for url in urls)
    except httpx.HTTPError:
        return False


def test_everything_killed_at_once_serves_the_same_version_when_started_again(
    stack: LocalStack,
) -> None:
    before = stack.predict()
    assert stack.process is not None
    manager = psutil.Process(stack.manager)
    everything = [*manager.children(recursive=True), manager]
    for process in everything:
        process.kill()
    stack.process.wait()
    wait_for(lambda: not stack.answers(), "the ports to be free")
    stack.start()
    assert stack.predict() == before
    assert stack.make("fsck").returncode == 0


def test_the_manager_killed_takes_its_services_along(stack: LocalStack) -> None:
    assert stack.process is not None
    os.kill(stack.manager, signal.SIGKILL)
    assert stack.process.wait() != 0
    wait_for(lambda: not stack.answers(), "the services to end")
    nothing = stack.make("registry")
    assert nothing.returncode != 0
    assert "make run" in nothing.stdout + nothing.stderr
    stack.start()


def test_the_training_log_tells_the_whole_story(stack: LocalStack) -> None:
    outcomes = [line["outcome"] for line in training_log(stack) if "outcome" in line]
    assert outcomes == [e.decision.outcome for e in stack.store.decision_log().entries]
    stack.store.layout.training_log.unlink()
    wait_for(stack.store.layout.training_log.exists, f"{TRAINING_LOG} to be written again")
    assert [x["outcome"] for x in training_log(stack) if "outcome" in x] == outcomes


def test_fsck_finds_nothing_and_ctrl_c_ends_it_all(stack: LocalStack) -> None:
    checked = stack.make("fsck")
    assert checked.returncode == 0, checked.stdout
    stack.stop(signal.SIGINT)
    assert not stack.answers()
    assert stack.store.heartbeats.all() == []

"""Properties of only compose: its configuration, images, way to stop and replicas."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stacks.compose_stack import ComposeStack
from tests.stacks.stack import SERVICES, running, served_on
from tests.support.processes.wait_until import wait_for

pytestmark = pytest.mark.docker

KILLED = 137
"""Exit status of a service that did not stop within 10 seconds."""


def test_the_configuration_is_clean(stack: ComposeStack) -> None:
    assert stack.compose("config", "--quiet").stderr == ""


def test_no_container_waits_to_train_unless_a_variable_names_a_cause(stack: ComposeStack) -> None:
    assert stack.inspect("schedule") == []
    stack.environment["TRAINER_ON_DRIFT"] = "true"
    try:
        stack.up("--no-recreate", "schedule")
        (waiting,) = stack.inspect("schedule")
        assert waiting["State"]["Health"]["Status"] == "healthy"
    finally:
        del stack.environment["TRAINER_ON_DRIFT"]
        stack.up("--no-recreate")
    wait_for(lambda: not stack.inspect("schedule"), "the waiting trainer to be removed")


def test_the_first_training_has_succeeded(stack: ComposeStack) -> None:
    (trainer,) = stack.inspect("trainer")
    assert trainer["State"]["ExitCode"] == 0


def test_the_log_shows_the_published_addresses_and_a_request_that_works(
    stack: ComposeStack,
) -> None:
    shown = stack.compose("logs", "--no-log-prefix", "predictor", "gatekeeper").stdout
    lines = [line for line in shown.splitlines() if "curl -s" in line]
    command = lines[0][lines[0].index("curl -s") :]  # compose may clear the line before it
    assert f"{stack.url}/predict" in command
    answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout)["model_version"] == 1
    assert f"overview     {stack.gatekeeper_url}/" in shown
    assert f"Listening on {stack.url} with 2 workers" in shown
    assert f"Listening on {stack.gatekeeper_url}," in shown
    assert f"POST {stack.url}/predict" in stack.make("predict").stdout


def test_a_port_in_use_is_named_with_its_variable(stack: ComposeStack, tmp_path: Path) -> None:
    second = ComposeStack(tmp_path)
    second.environment["PREDICTOR_PORT"] = str(stack.predictor_port)
    refused = second.make("up")
    assert refused.returncode != 0
    assert f"Another program uses port {stack.predictor_port} of 127.0.0.1" in refused.stderr
    assert "make up PREDICTOR_PORT=" in refused.stderr
    assert second.inspect("volume-init") == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_retraining_that_is_stopped_without_a_terminal_publishes_nothing(
    stack: ComposeStack, number: signal.Signals
) -> None:
    with subprocess.Popen(
        ["./modelgate", "retrain", "TRAINER_SEARCH=1000"],
        cwd=stack.checkout,
        env=stack.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as stopped:
        wait_for(
            lambda: any(found["State"]["Running"] for found in stack.inspect("trainer")),
            "a training",
        )
        second = stack.make("retrain")
        assert second.returncode == 0, second
        assert "template" not in second.stderr, "docker inspect cannot read it"
        assert "TRAINER_SEARCH" not in second.stdout, "it has the settings of the stack"
        before = stack.version(), stack.in_store("ls candidates").stdout
        stopped.send_signal(number)
        assert stopped.wait(60) == 143
    # Docker may still be removing the container when the command ends.
    wait_for(
        lambda: (
            [
                found["Config"]["Labels"]["com.docker.compose.oneoff"]
                for found in stack.inspect("trainer")
            ]
            == ["False"]
        ),
        "the container of the stopped training to be gone",
    )
    assert (stack.version(), stack.in_store("ls candidates").stdout) == before


def test_each_image_is_listed_with_its_size(stack: ComposeStack) -> None:
    shown = dict(line.split("  ") for line in stack.make("images").stdout.splitlines())
    project = stack.environment["COMPOSE_PROJECT_NAME"]
    assert shown.keys() == {f"{project}-{name}" for name in ("trainer", *SERVICES)}
    assert all(size.endswith("MB") for size in shown.values()), shown


def test_services_stop_by_themselves_in_time(stack: ComposeStack) -> None:
    stack.compose("stop")
    for service in SERVICES:
        assert stack.inspect(service)[0]["State"]["ExitCode"] != KILLED
    stack.start()


def test_every_predictor_of_a_scaled_service_converges(stack: ComposeStack) -> None:
    version = stack.version() + 1
    stack.environment["PREDICTOR_PORT"] = f"{stack.predictor_port}-{stack.predictor_port + 2}"
    stack.up("--scale", "predictor=3", "--no-recreate")
    done = stack.make("retrain")
    assert served_on(done.stdout) == (version, 6, 6), done
    code = (
        "import json, urllib.request as r; print(json.dumps(sorted({json.load("
        "r.urlopen('http://predictor:8000/model'))['serving_version'] for _ in range(50)})))"
    )
    asked = stack.compose("exec", "-T", "predictor", "python", "-c", code)
    assert json.loads(asked.stdout) == [version]


@pytest.fixture
def small_volume(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of 16 MiB for a bind mount."""
    mount = tmp_path / "small"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(mount)], check=True)
    yield mount
    subprocess.run(["umount", "--lazy", str(mount)], check=True)


def test_a_full_volume_loses_nothing(small_volume: Path, tmp_path: Path) -> None:
    with running(ComposeStack(tmp_path / "stack", MODELGATE_STORE=small_volume)) as stack:
        before = stack.predict()
        filler = small_volume / "lost+found"
        with filler.open("wb", buffering=0) as full:
            try:
                while full.write(bytes(1 << 16)):
                    pass
            except OSError:
                pass
        refused = stack.make("retrain")
        assert refused.returncode != 0
        assert "No space left on device" in refused.stdout + refused.stderr
        assert stack.predict() == before
        filler.unlink()
        assert stack.make("retrain").returncode == 0
        assert stack.version() == before["model_version"] + 1
        assert stack.make("fsck").returncode == 0

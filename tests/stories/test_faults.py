"""Services killed, stopped, paused and restarted; a stack taken down; a volume full."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compose.compose_stack import ComposeStack, compose_stack
from tests.e2e.traffic import traffic
from tests.waiting import wait_for

pytestmark = pytest.mark.docker

KILLED = 137
"""The exit status of a service that did not stop within its 10 s."""


@pytest.mark.parametrize("service", ["gatekeeper", "predictor"])
@pytest.mark.parametrize("fault", ["kill", "stop", "pause", "restart"])
def test_a_service_recovers_and_the_other_does_not_notice(
    stack: ComposeStack, service: str, fault: str
) -> None:
    before = stack.version()
    if fault == "kill":
        # From inside, so that the restart policy applies as to a crash.
        pid = stack.inspect(service)["State"]["Pid"]
        stack.run("kill", "-9", str(pid))
        wait_for(lambda: stack.inspect(service)["State"]["Pid"] not in {0, pid}, "a restart")
    elif fault == "restart":
        stack.compose("restart", service)
    else:
        # A health check that is just starting can keep the engine from freezing the container.
        wait_for(lambda: stack.compose(fault, service, check=False).returncode == 0, fault)
        if service == "gatekeeper":
            assert stack.version() == before
        else:
            assert stack.make("registry").returncode == 0
        stack.compose({"stop": "start", "pause": "unpause"}[fault], service)
    stack.wait_until_ready()
    assert stack.version() == before
    done = stack.make("retrain")
    assert done.returncode == 0, done
    assert stack.version() == before + 1


def test_a_candidate_published_without_a_gatekeeper_is_decided_later(stack: ComposeStack) -> None:
    before = stack.version()
    with traffic(stack.url, stack.example()) as seen:
        stack.compose("stop", "gatekeeper")
        undecided = stack.make("retrain", TRAINER_WAIT_SECONDS=2)
        assert "Error 4" in undecided.stderr, undecided
        stack.compose("start", "gatekeeper")
        seen.wait_for_version(before + 1)
    assert seen.failures == []


def test_services_stop_by_themselves_in_time(stack: ComposeStack) -> None:
    stack.compose("stop")
    for service in ("gatekeeper", "predictor"):
        assert stack.inspect(service)["State"]["ExitCode"] != KILLED
    stack.up()


def test_the_stack_taken_down_and_up_again_serves_the_same_version(stack: ComposeStack) -> None:
    before = stack.predict()
    stack.compose("down")
    stack.up()
    assert stack.predict() == before
    assert stack.make("fsck").returncode == 0


@pytest.fixture
def small_volume(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB to bind-mount."""
    mount = tmp_path / "small"
    mount.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(mount)], check=True)
    yield mount
    subprocess.run(["umount", "--lazy", str(mount)], check=True)


def test_a_full_volume_loses_nothing(small_volume: Path) -> None:
    with compose_stack(MODELGATE_STORE=small_volume) as stack:
        stack.up("--build")
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

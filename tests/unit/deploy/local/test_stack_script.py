"""deploy/local/stack.sh: which stack a command means."""

import gzip
import os
import subprocess

import pytest

from tests.unit.deploy.local.checkout import SCRIPT, Checkout


@pytest.mark.usefixtures("live_run")
def test_the_live_local_run_comes_first_and_its_settings_hold(checkout: Checkout) -> None:
    checkout.project.touch()
    assert checkout.says("predict") == [
        *("python", "-m", "predictor.client"),
        *("METRIC=recall", "PREDICTOR_PORT=9000"),
    ]
    assert "METRIC=f1" in checkout.says("retrain", METRIC="f1")
    assert checkout.says("retrain", STACK="compose")[0] == "docker"


def test_a_run_that_was_killed_is_not_live(
    checkout: Checkout, live_run: subprocess.Popen[bytes]
) -> None:
    checkout.project.touch()
    live_run.kill()
    live_run.wait()
    assert checkout.says("predict")[0] == "docker"
    # Its number may have become another process's.
    checkout.store.run_file.write_text(f"{os.getpid()}\n")
    assert checkout.says("predict")[0] == "docker"


def test_without_any_stack_it_says_how_to_start_one(checkout: Checkout) -> None:
    refused = checkout.call("retrain")
    assert refused.returncode == 1
    assert "make run" in refused.stderr
    assert "make up" in refused.stderr
    assert "local or compose" in checkout.call("retrain", STACK="cloud").stderr


def test_a_stopped_store_can_be_checked_and_stopping_it_again_is_no_error(
    checkout: Checkout,
) -> None:
    assert checkout.says("fsck") == ["python", "-m", "shared.maintenance.fsck"]
    assert checkout.says("down") == ["No local run uses the store .store."]


def test_a_stopped_store_can_be_backed_up_and_restored(checkout: Checkout) -> None:
    assert checkout.says("backup", "b") == ["python", "-m", "shared.maintenance.backup", "b"]
    assert checkout.says("restore", "b") == ["python", "-m", "shared.maintenance.restore", "b"]


@pytest.mark.usefixtures("live_run")
def test_a_store_in_use_can_be_backed_up_and_not_restored(checkout: Checkout) -> None:
    assert checkout.says("backup", "b")[:4] == ["python", "-m", "shared.maintenance.backup", "b"]
    refused = checkout.call("restore", "b")
    assert (refused.returncode, "make down" in refused.stderr) == (1, True)


def test_a_backup_comes_out_of_a_container_whole_or_not_at_all(checkout: Checkout) -> None:
    checkout.project.touch()
    target, made = checkout.root / "backups" / "mine.tar.gz", checkout.root / "backup"
    whole = gzip.compress(b"all of it")
    made.write_bytes(whole)
    assert checkout.says("backup", "backups/mine.tar.gz") == ["The backup is backups/mine.tar.gz."]
    assert target.read_bytes() == whole
    again = checkout.call("backup", "backups/mine.tar.gz")
    assert (again.returncode, "exists already" in again.stderr) == (1, True)
    for broken in (whole[:-4], b""):
        made.write_bytes(broken)
        cut = checkout.call("backup", "backups/other.tar.gz")
        assert (cut.returncode != 0, "incomplete" in cut.stderr) == (True, True), cut
    made.unlink()
    assert checkout.call("backup", "backups/other.tar.gz").returncode != 0
    assert list(target.parent.iterdir()) == [target]


def test_a_backup_is_restored_only_when_no_container_runs(checkout: Checkout) -> None:
    (checkout.root / "b").touch()
    said = checkout.says("restore", "b", STACK="compose")
    assert said == ["docker", "compose", "run", "--rm", "--no-deps", "-T", "restore"]
    missing = checkout.call("restore", "nothing", STACK="compose")
    assert (missing.returncode, "Cannot read" in missing.stderr) == (1, True)
    checkout.project.touch()
    refused = checkout.call("restore", "b")
    assert (refused.returncode, "make down" in refused.stderr) == (1, True)


def test_down_ends_the_local_run(checkout: Checkout, live_run: subprocess.Popen[bytes]) -> None:
    with subprocess.Popen(["/bin/sh", SCRIPT, "down"], cwd=checkout.root) as down:
        live_run.wait()  # a parent has to, or the number stays taken
        assert down.wait() == 0


def test_clients_run_where_the_token_is(checkout: Checkout) -> None:
    checkout.project.touch()
    assert checkout.says("gatekeeper", "rollback", "3") == [
        *("docker", "compose", "exec", "-T", "gatekeeper"),
        *("python", "-m", "gatekeeper.client", "rollback", "3"),
    ]

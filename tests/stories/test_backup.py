"""A team that loses its disk and has a backup."""

import pytest

from tests.stacks.stack import Stack
from tests.support.processes.wait_until import wait_for

FILE = "backups/monday.tar.gz"


def test_after_the_store_is_lost_a_backup_of_it_gives_the_same_answers(stack: Stack) -> None:
    row = stack.example()
    registry, answer, decisions = stack.registry(), stack.predict(row), stack.decisions()
    made = stack.make("backup", FILE=FILE)
    assert made.returncode == 0, made
    assert (stack.checkout / FILE).stat().st_mode & 0o777 == 0o600, "only for its owner"
    done = stack.make("retrain", TRAINER_CANDIDATES="examples.forest:CANDIDATES")
    assert done.returncode == 0, done
    wait_for(lambda: stack.version() == 2, "another version")
    assert stack.predict(row) != answer

    stack.lose_store()
    restored = stack.make("restore", FILE=FILE, STACK=stack.name)
    assert restored.returncode == 0, restored
    checked = stack.make("fsck", STACK=stack.name)
    assert (checked.returncode, "0 errors, 0 notes" in checked.stdout) == (0, True), checked
    stack.start()
    stack.wait_until_ready()

    assert stack.registry() == registry
    assert stack.predict(row) == answer
    assert stack.decisions() == decisions


@pytest.mark.thorough
def test_a_restored_stack_trains_and_promotes(stack: Stack) -> None:
    done = stack.make("retrain", TRAINER_CANDIDATES="examples.forest:CANDIDATES")
    assert done.returncode == 0, done
    wait_for(lambda: stack.version() == 2, "the version after the restored one")
    assert stack.make("fsck").returncode == 0


def test_a_store_in_use_is_not_overwritten(stack: Stack) -> None:
    refused = stack.make("restore", FILE=FILE)
    assert (refused.returncode != 0, "make down" in refused.stderr) == (True, True), refused
    again = stack.make("backup", FILE=FILE)
    assert (again.returncode != 0, "exists already" in again.stderr) == (True, True), again
    without = stack.make("restore")
    assert (without.returncode != 0, "make restore FILE=" in without.stderr) == (True, True)

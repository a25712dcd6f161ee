"""Services are killed, stopped, paused and restarted; a training or the whole stack is killed."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from tests.stacks.stack import SERVICES, Stack
from tests.stacks.traffic import traffic
from tests.support.processes.wait_until import wait_for

Fault = Callable[[Stack, str], None]
Absence = Callable[[Stack, str], AbstractContextManager[None]]

FAULTS: dict[str, Fault] = {
    "killed": lambda stack, service: stack.kill(service),
    "restarted": lambda stack, service: stack.restart(service),
}
ENDS = [
    pytest.param(fault, id=name, marks=pytest.mark.thorough if name == "restarted" else ())
    for name, fault in FAULTS.items()
]
ABSENCES: dict[str, Absence] = {
    "stopped": lambda stack, service: stack.stopped(service),
    "paused": lambda stack, service: stack.paused(service),
}
KILLED_TRAININGS = {
    "fitting": """
import os, signal
from sklearn.tree import DecisionTreeClassifier

class Killed(DecisionTreeClassifier):
    def fit(self, X, y):
        os.kill(os.getpid(), signal.SIGKILL)

CANDIDATES = {"killed": Killed()}
""",
    "publishing": """
import os, signal
from sklearn.tree import DecisionTreeClassifier

real = os.fsync

def fsync(descriptor):
    real(descriptor)
    if len(list(Path(os.environ["STORE_DIR"]).glob("candidates/.staging-*/*"))) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

os.fsync = fsync
CANDIDATES = {"killed": DecisionTreeClassifier()}
""",
}
CACHES = (".venv", ".mypy_cache", "shared/__pycache__")


def goes_on(stack: Stack, version: int) -> None:
    """Require that *version* is still served and the whole loop works."""
    stack.wait_until_ready()
    assert stack.version() == version
    done = stack.make("retrain")
    assert done.returncode == 0, done
    assert stack.version() == version + 1


@pytest.mark.parametrize("fault", ENDS)
def test_a_service_that_ends_comes_back(stack: Stack, fault: Fault) -> None:
    before = stack.version()
    for service in SERVICES:
        processes = stack.pids(service)
        fault(stack, service)
        wait_for(lambda: stack.pids(service) - processes, "another process")  # noqa: B023 - it runs at once
        stack.wait_until_ready()
        assert stack.version() == before
    goes_on(stack, before)


@pytest.mark.thorough
@pytest.mark.parametrize("absence", ABSENCES.values(), ids=ABSENCES)
def test_an_absent_service_is_not_missed_by_the_other(stack: Stack, absence: Absence) -> None:
    before = stack.version()
    with absence(stack, "gatekeeper"):
        assert stack.version() == before
    stack.wait_until_ready()  # a stack that stops the predictor starts nothing meanwhile
    with absence(stack, "predictor"):
        assert stack.make("registry").returncode == 0
    goes_on(stack, before)


def test_a_candidate_published_without_a_gatekeeper_is_decided_later(stack: Stack) -> None:
    before = stack.version()
    with traffic(stack.url, stack.example()) as seen:
        with stack.stopped("gatekeeper"):
            undecided = stack.make("retrain", TRAINER_WAIT_SECONDS=2)
            assert "Error 4" in undecided.stderr, undecided
        seen.wait_for_version(before + 1)
    assert seen.failures == []


@pytest.mark.thorough
@pytest.mark.parametrize("moment", KILLED_TRAININGS)
def test_a_training_killed_in_the_middle_shows_nothing_and_the_next_one_works(
    stack: Stack, moment: str
) -> None:
    (stack.checkout / "killed.py").write_text(KILLED_TRAININGS[moment])
    before, decisions = stack.version(), stack.decisions()
    candidates = stack.in_store("ls candidates").stdout
    killed = stack.make("retrain", TRAINER_CANDIDATES="killed:CANDIDATES")
    assert killed.returncode != 0
    assert ("Scores" in killed.stdout) == (moment == "publishing"), killed
    assert stack.in_store("ls candidates").stdout == candidates
    checked = stack.make("fsck")
    assert (checked.returncode, "0 errors" in checked.stdout) == (0, True), checked
    assert ("staging" in checked.stdout) == (moment == "publishing"), checked
    assert stack.decisions() == decisions
    goes_on(stack, before)


def test_a_stack_killed_at_once_serves_the_same_version_when_started_again(stack: Stack) -> None:
    before = stack.predict()
    stack.kill_everything()
    stack.start()
    assert stack.predict() == before
    assert stack.make("fsck").returncode == 0


@pytest.mark.thorough
def test_a_stack_serves_the_same_model_after_down_clean_and_a_new_start(stack: Stack) -> None:
    before = stack.predict()
    for name in CACHES:
        (stack.checkout / name).mkdir(parents=True, exist_ok=True)
    stack.make("clean")
    stack.wait_until_ready()
    assert stack.predict() == before, "cleaning does not touch what runs"

    assert stack.make("down").returncode == 0
    # On a busy machine the last services end a moment after their manager.
    wait_for(stack.is_down, "everything to be gone")
    assert stack.make("clean").returncode == 0
    assert not any((stack.checkout / name).exists() for name in CACHES)

    stack.start()
    assert stack.predict() == before
    assert stack.make("fsck").returncode == 0

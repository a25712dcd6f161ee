"""A team in which a person approves every model for production."""

import re
from collections.abc import Iterator

import pytest

from tests.stacks.stack import NewStack, Stack
from tests.support.processes.wait_until import wait_for

REASON = 'it\'s "seen" with the risk team, $5 saved'


@pytest.fixture(scope="module")
def stack(new_stack: NewStack) -> Iterator[Stack]:
    """Start a stack that requires approval, after its first model."""
    with new_stack(is_trained=True, GATEKEEPER_APPROVAL="manual") as started:
        yield started


def waiting(stack: Stack) -> str:
    """Train and return the candidate that awaits approval, as the trainer prints it."""
    done = stack.make("retrain")
    assert "Error 4" in done.stderr, done
    found = re.search(r"make approve ID=(\S+)", done.stdout)
    assert found, done
    return found[1]


def test_a_candidate_that_passes_every_check_awaits_approval(stack: Stack) -> None:
    candidate_id = waiting(stack)
    assert stack.version() == 1
    assert "awaiting approval" in stack.make("candidates").stdout

    done = stack.make("approve", ID=candidate_id, REASON=REASON.replace("$", "$$"))

    assert (done.returncode, "v2 is in production" in done.stdout) == (0, True), done
    wait_for(lambda: stack.version() == 2, "the approved version")
    last = stack.decisions()[0]["checks"][-1]
    assert (last["name"], last["message"]) == ("approval", f"Approved: {REASON}")


def test_a_rejected_candidate_is_refused_for_ever(stack: Stack) -> None:
    candidate_id, before = waiting(stack), stack.version()

    rejected = stack.make("reject", ID=candidate_id, REASON="not now")

    assert rejected.returncode == 0, rejected
    assert stack.decisions()[0]["outcome"] == "refused"
    late = stack.make("approve", ID=candidate_id, REASON="after all")
    assert (late.returncode != 0, "already decided: refused" in late.stderr) == (True, True), late
    assert stack.version() == before


@pytest.mark.thorough
def test_a_candidate_still_awaits_approval_after_all_services_died(stack: Stack) -> None:
    candidate_id, before = waiting(stack), stack.version()
    stack.kill_everything()
    stack.start()
    wait_for(
        lambda: "awaiting approval" in stack.make("candidates").stdout, "it to be judged again"
    )
    assert stack.version() == before
    done = stack.make("approve", ID=candidate_id, REASON="seen")
    assert done.returncode == 0, done
    wait_for(lambda: stack.version() == before + 1, "the approved version")


def test_an_answer_needs_an_id_and_a_reason(stack: Stack) -> None:
    refused = stack.make("approve", ID="20260131T115958123456Z-1f0c9a3e")
    assert (refused.returncode != 0, "REASON" in refused.stderr) == (True, True), refused

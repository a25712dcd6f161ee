"""A stack that trains when the data changes, by time and on request."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.stacks.stack import NewStack, Stack
from tests.support.http import plain_http
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for
from tests.support.tables.story_tables import flats_csv

pytestmark = pytest.mark.thorough

VARIABLES = {
    "TRAINER_DATASET": "data/flats.csv",
    "TRAINER_TARGET": "rent",
    "METRIC": "neg_mean_absolute_error",
    "TRAINER_WATCH": "true",
    "TRAINER_SCHEDULE": "0 3 29 2 *",
    "TRAINER_TIMEZONE": "Europe/Vienna",
}


@pytest.fixture(scope="module")
def stack(new_stack: NewStack) -> Iterator[Stack]:
    with new_stack(files={"data/flats.csv": flats_csv()}, **VARIABLES) as started:
        yield started


def trainings(stack: Stack) -> dict[str, Any]:
    answer: dict[str, Any] = plain_http.get(f"{stack.gatekeeper_url}/training").json()
    return answer


def last_run(stack: Stack, cause: str) -> dict[str, Any]:
    """Wait for a run with this cause."""

    def find() -> dict[str, Any] | None:
        run: dict[str, Any] | None = trainings(stack)["last_run"]
        return run if run and cause in run["causes"] else None

    return wait_for(find, f"a run because of {cause}", 5 * PATIENCE_SECONDS)


def test_the_status_shows_the_next_run(stack: Stack) -> None:
    wait_for(lambda: trainings(stack)["waiting"], "the waiting trainer")
    shown = stack.make("status").stdout
    assert "-02-29 02:00:00 UTC, or when the data changes" in shown


def test_changed_data_is_trained_on(stack: Stack) -> None:
    before = len(stack.decisions())
    (stack.checkout / "data" / "flats.csv").write_text(flats_csv(700))
    run = last_run(stack, "data")
    assert (run["result"], run["message"]) == ("decided", None)
    assert len(stack.decisions()) == before + 1
    assert "because of changed data" in stack.make("status").stdout


def test_a_killed_waiting_trainer_is_started_again_and_takes_a_request(stack: Stack) -> None:
    name = {"local": "trainer.schedule", "compose": "schedule"}[stack.name]
    before = stack.pids(name)
    stack.kill(name)
    wait_for(
        lambda: stack.pids(name) - before and trainings(stack)["waiting"],
        "another waiting trainer",
    )
    token = stack.in_store("cat token").stdout.strip()
    answer = plain_http.post(
        f"{stack.gatekeeper_url}/train",
        json={"by": "ada"},
        headers={"Authorization": f"Bearer {token}"},
    )
    assert answer.status_code == 200, answer.text
    assert last_run(stack, "request")["requested_by"] == "ada"
    assert stack.make("fsck").returncode == 0

"""The whole loop as a user runs it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.contract.layout import TRAINING_LOG
from tests.stacks.stack import NewStack, Stack, given, served_on
from tests.stacks.traffic import traffic
from tests.stories.readme_commands import curls
from tests.support.http import plain_http
from tests.support.processes.wait_until import wait_for

WEAK: dict[str, object] = {"TRAINER_CANDIDATES": "examples.weak:CANDIDATES"}
FOREST = {"TRAINER_CANDIDATES": "examples.forest:CANDIDATES"}
LOGGED = ("promoted as version 3", "Serving version 3", "Rolled back: version 4")
TABLE = """
from sklearn.tree import DecisionTreeClassifier
CANDIDATES = {"tree": DecisionTreeClassifier()}
"""


@pytest.fixture(scope="module")
def stack(new_stack: NewStack) -> Iterator[Stack]:
    """Start a stack with two workers, which trains its first model."""
    with new_stack(PREDICTOR_WORKERS=2) as started:
        yield started


def own_data() -> str:
    """Write a table whose outcome follows from one column."""
    rows = [(n / 7 % 5, n % 11, "yes" if n % 11 > 5 else "no") for n in range(400)]
    return "\n".join(["width,height,outcome", *(f"{a},{b},{c}" for a, b, c in rows)])


def training_log(stack: Stack) -> list[dict[str, object]]:
    return [json.loads(line) for line in stack.in_store(f"cat {TRAINING_LOG}").stdout.splitlines()]


def logged_outcomes(lines: list[dict[str, object]]) -> list[object]:
    return [line["outcome"] for line in lines if "outcome" in line]


def test_a_start_leads_to_a_first_model_that_is_served(stack: Stack) -> None:
    assert stack.version() == 1
    assert json.loads(stack.registry())["version"] == 1
    assert [decision["outcome"] for decision in stack.decisions()] == ["promoted"]


def test_the_readmes_curl_gives_the_readmes_answer(stack: Stack) -> None:
    curls()[0].gives_what_it_promises(stack)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("predict", "model_version"),
        ("registry", "version"),
        ("history", "promoted"),
        ("status", "v1"),
        ("fsck", "0 errors"),
    ],
)
def test_a_user_can_ask_and_look(stack: Stack, target: str, expected: str) -> None:
    shown = stack.make(target)
    assert (shown.returncode, expected in shown.stdout) == (0, True), shown


def test_versions_swap_under_traffic_without_a_failed_or_mixed_answer(
    stack: Stack, tmp_path: Path
) -> None:
    log = tmp_path / "logs"
    with stack.making(log, "logs"), traffic(stack.url, stack.example()) as seen:
        seen.wait_for_version(1)
        for version, target, variables in (
            (2, "retrain", {}),
            (3, "retrain", FOREST),
            (4, "rollback", {"VERSION": 1}),
        ):
            done = stack.make(target, **variables)
            assert done.returncode == 0, done
            if target == "retrain":
                assert served_on(done.stdout) == (version, 2, 2)
            seen.wait_for_version(version)
        wait_for(lambda: all(line in log.read_text() for line in LOGGED), "`make logs` to say it")
    assert seen.failures == []
    assert sorted(seen.answers) == [1, 2, 3, 4]
    assert all(len(answers) == 1 for answers in seen.answers.values()), seen.answers
    assert seen.answers[1] == seen.answers[2] == seen.answers[4] != seen.answers[3]


def test_a_worse_candidate_is_refused_and_production_is_untouched(stack: Stack) -> None:
    before, answer = stack.registry(), stack.predict()
    command = ("./modelgate", "retrain", "--require-promotion", *given(WEAK))
    refused = stack.run(*command, check=False)
    assert (refused.returncode, "refused" in refused.stdout) == (3, True), refused
    newest = stack.decisions()[0]
    assert newest["outcome"] == "refused"
    (check,) = (check for check in newest["checks"] if not check["passed"])
    assert check["observed"] < check["required"]
    assert f"{check['observed']:.4f}" in refused.stdout
    assert f"{check['required']:.4f}" in refused.stdout
    assert training_log(stack)[-1]["outcome"] == "refused"
    assert (stack.registry(), stack.predict()) == (before, answer)


def test_people_see_what_was_refused_on_a_page(stack: Stack) -> None:
    (refused, *_) = stack.decisions()
    url = f"{stack.gatekeeper_url}/page"
    shown = plain_http.get(f"{url}/decisions/{refused['number']}")
    assert (shown.status_code, "✗ failed" in shown.text) == (200, True)
    report = plain_http.get(f"{url}/candidates/{refused['candidate_id']}")
    assert (report.status_code, "<svg" in report.text) == (200, True)
    assert "In production" in plain_http.get(stack.gatekeeper_url).text
    assert plain_http.get(f"{url}/static/style.css").status_code == 200


def test_a_rollback_needs_the_token_and_a_version_that_was(stack: Stack) -> None:
    url, before = f"{stack.gatekeeper_url}/registry/rollback", stack.predict()
    assert plain_http.post(url, json={"version": 1}).status_code == 401
    wrong = plain_http.post(url, json={"version": 1}, headers={"Authorization": "Bearer guess"})
    assert wrong.status_code == 403
    unknown = stack.make("rollback", VERSION=99)
    assert unknown.returncode != 0
    assert "99" in unknown.stdout + unknown.stderr
    assert stack.predict() == before


def test_a_data_set_that_is_not_there_is_named_and_nothing_is_published(stack: Stack) -> None:
    before = stack.in_store("ls candidates").stdout
    missing = stack.make("retrain", TRAINER_DATASET="data/nowhere.csv", TRAINER_TARGET="y")
    assert "nowhere.csv" in missing.stdout + missing.stderr
    assert "Error 2" in missing.stderr
    assert stack.in_store("ls candidates").stdout == before


@pytest.mark.thorough
def test_a_training_goes_on_when_nobody_reads_what_it_prints(stack: Stack) -> None:
    before = stack.version()
    shown = stack.run("sh", "-c", "make --no-print-directory retrain | head -n 1")
    firsts = ("Settings of the run: ", "Loading the data")
    assert shown.stdout.startswith(firsts), shown
    wait_for(lambda: stack.version() == before + 1, "the next version")


def test_the_training_log_tells_the_whole_story(stack: Stack) -> None:
    decided = [decision["outcome"] for decision in reversed(stack.decisions())]
    assert logged_outcomes(training_log(stack)) == decided
    assert stack.in_store(f"rm {TRAINING_LOG}").returncode == 0
    there = f"test -e {TRAINING_LOG}"
    wait_for(lambda: stack.in_store(there).returncode == 0, f"a new {TRAINING_LOG}")
    assert logged_outcomes(training_log(stack)) == decided


@pytest.mark.thorough
def test_data_and_candidates_of_ones_own_are_served_by_a_second_stack_beside_the_first(
    stack: Stack, new_stack: NewStack
) -> None:
    before = stack.predict()
    files = {"data/mine.csv": own_data(), "mine.py": TABLE}
    own = {
        "TRAINER_DATASET": "data/mine.csv",
        "TRAINER_TARGET": "outcome",
        "TRAINER_POSITIVE_LABEL": "yes",
    }
    with new_stack(files=files, **own) as second:
        by_name = {"features": {"height": 10, "width": 4}}
        for version, table in ((1, {}), (2, {"TRAINER_CANDIDATES": "mine:CANDIDATES"})):
            if table:
                done = second.make("retrain", **own, **table)
                assert served_on(done.stdout) == (version, 1, 1), done
            answer = plain_http.post(f"{second.url}/predict", json=by_name).json()
            assert (answer["label"], answer["prediction"]) == ("yes", 1)
            assert answer["model_version"] == version
        assert second.make("rollback", VERSION=2).returncode != 0, "it is in production"
    assert stack.predict() == before

"""A table with six problems: all are named at once, and their remedies make it a model."""

from collections.abc import Iterator

import pytest

from tests.stacks.stack import NewStack, Stack
from tests.support.tables.problem_tables import PROBLEMS, members_csv

BAD = {"TRAINER_DATASET": "data/members.csv", "TRAINER_TARGET": "plan", "TRAINER_DROP": "club hose"}
GOOD = {
    "TRAINER_DATASET": "data/corrected.csv",
    "TRAINER_TARGET": "plan",
    "TRAINER_DROP": "club house,member,joined",
    "TRAINER_MISSING": "?",
    "METRIC": "f1_macro",
}
"""The file without its two bad rows, and the settings that the messages propose."""
BEFORE = {**BAD, "METRIC": "f1", "TRAINER_MISSING": ""}
"""The settings of a first try, on a stack with the good ones."""
REMEDIES = (
    "Did you mean 'club house'?",
    "TRAINER_MISSING='?'",
    "TRAINER_DROP='club house,member,joined'",
    "row 31 has 7 cells in place of 6",
    "'plan' is missing in 1 of 299 rows",
    "Choose f1_macro",
)


@pytest.fixture(scope="module")
def stack(new_stack: NewStack) -> Iterator[Stack]:
    files = {
        "data/members.csv": members_csv(),
        "data/corrected.csv": members_csv(is_corrected=True),
    }
    with new_stack(files=files, **GOOD) as started:
        yield started


def test_a_check_names_every_problem_and_writes_a_page(stack: Stack) -> None:
    checked = stack.make("check-data", STACK=stack.name, **BEFORE)
    assert "Error 2" in checked.stderr
    said = checked.stdout + checked.stderr  # a container writes its text to standard error
    assert f"{PROBLEMS} problems:" in said
    for remedy in REMEDIES:
        assert remedy in said
    page = (stack.checkout / "build" / "check-data.html").read_text()
    warnings = 1  # the gatekeeper decides by another metric
    assert page.count("<li><p>") == PROBLEMS + warnings
    assert "M15838" in page


def test_a_retraining_ends_with_the_same_list_and_publishes_nothing(stack: Stack) -> None:
    before = stack.in_store("ls candidates").stdout
    refused = stack.make("retrain", **BEFORE)
    assert "Error 2" in refused.stderr
    for remedy in REMEDIES:
        assert remedy in refused.stdout + refused.stderr
    assert stack.in_store("ls candidates").stdout == before


def test_with_the_remedies_the_check_passes_and_the_model_is_served(stack: Stack) -> None:
    checked = stack.make("check-data", STACK=stack.name)
    assert checked.returncode == 0, checked
    assert "Training can start." in checked.stdout + checked.stderr
    assert [decision["outcome"] for decision in stack.decisions()] == ["promoted"]

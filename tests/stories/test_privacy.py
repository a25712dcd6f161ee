"""A person asks to be forgotten, and a column must never reach the disk."""

import csv
import re

import pytest

from shared.contract.layout import FEEDBACK, PREDICTIONS
from tests.stacks.stack import NewStack, Stack
from tests.support.http import plain_http
from tests.support.project import ROOT

PERSON, OTHER = "jane.doe", "john.roe"
OMITTED = "mean radius"
SECRET_VALUE = 17.12345432123
"""The value of the omitted column in each request, which is not in the training data."""


def ask(stack: Stack, row_id: str) -> None:
    row = stack.example()
    body = {"features": [SECRET_VALUE, *row[1:]], "id": row_id}
    answer = plain_http.post(f"{stack.url}/predict", json=body).raise_for_status()
    assert answer.json()["id"] == row_id


def folders_with(stack: Stack, text: object) -> set[str]:
    """Search every byte of every file of the store, also of hidden ones; return their folders."""
    found = stack.in_store(f"grep -rlaF -e '{text}' .")
    assert found.returncode in {0, 1}, found.stderr
    return {path.split("/")[1] for path in found.stdout.split()}


def ids(stack: Stack, name: str) -> list[str]:
    with (stack.checkout / name).open(encoding="utf-8", newline="") as file:
        found = [row["id"] for row in csv.DictReader(file)]
    return sorted(each for each in found if each in {PERSON, OTHER})  # make run asks once too


def documented_commands() -> list[str]:
    """Return the commands of the documents about tables and deletions."""
    texts = [(ROOT / "docs" / name).read_text() for name in ("prediction-log.md", "privacy.md")]
    commands = re.findall(
        r"^make (?:predictions|forget|backup) .*$", "\n".join(texts), re.MULTILINE
    )
    assert len(commands) > 4
    return commands


@pytest.mark.thorough
def test_a_person_is_forgotten_and_an_omitted_column_was_never_on_the_disk(
    new_stack: NewStack,
) -> None:
    settings = {"PREDICTOR_LOG_SHARE": 1, "PREDICTOR_LOG_OMIT": OMITTED}
    with new_stack(is_trained=True, **settings) as stack:
        for row_id in (PERSON, OTHER, PERSON):
            ask(stack, row_id)
        labels = f"id,label\n{PERSON},benign\n{OTHER},malignant\n"
        (stack.checkout / "labels.csv").write_text(labels)
        sent = stack.make("feedback", FILE="labels.csv")
        assert sent.returncode == 0, sent
        stack.make("down")

        (stack.checkout / "ids.txt").write_text("nobody\n")
        stack.environment["STACK"] = stack.name
        for command in documented_commands():
            stack.run("sh", "-c", command.replace("jane.doe", "somebody"))
        (stack.checkout / "out.csv").unlink()

        table = stack.make("predictions", FILE="out.csv", STACK=stack.name)
        assert table.returncode == 0, table
        assert ids(stack, "out.csv") == [PERSON, PERSON, OTHER]
        assert OMITTED not in (stack.checkout / "out.csv").read_text()
        assert folders_with(stack, PERSON) == {PREDICTIONS, FEEDBACK}
        assert folders_with(stack, SECRET_VALUE) == set()

        done = stack.make("forget", ID=PERSON, FILES="out.csv", STACK=stack.name)
        assert done.returncode == 0, done
        assert "Deleted 2 rows and 1 label of the store, and 2 rows of exported" in done.stdout
        assert folders_with(stack, PERSON) == set()
        assert folders_with(stack, OTHER) == {PREDICTIONS, FEEDBACK}
        assert ids(stack, "out.csv") == [OTHER]
        again = stack.make("forget", ID=PERSON, STACK=stack.name)
        assert (again.returncode, "Nothing has this id" in again.stdout) == (0, True), again
        checked = stack.make("fsck", STACK=stack.name)
        assert (checked.returncode, "0 errors, 0 notes" in checked.stdout) == (0, True), checked

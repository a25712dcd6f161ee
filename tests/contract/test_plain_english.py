"""Every text of the tree can be read once, as far as `plain_english.py` can judge."""

import pytest

from tests.contract.plain_english import Text, complaints, prose_files, texts
from tests.support.project import ROOT

FOUND = [
    ("The holdout alone is judged.", "'alone'"),
    ("The error stands in the log.", "'stands'"),
    ("There are no rows; else it fails.", "'else'"),
    ("The trainer is told of it.", "'told'"),
    ("Whoever reads it waits.", "'Whoever'"),
    ("What is refused is not read.", "begins with a clause"),
    (" ".join(["word"] * 26), "26 words"),
]


def test_no_text_must_be_read_twice() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{text.line}: {complaint}"
        for path in prose_files([ROOT])
        for text in texts(path)
        for complaint in complaints(text)
    ]
    assert found == [], "\n".join(found)


def test_no_file_has_the_marks_of_a_merge_conflict() -> None:
    marks = tuple(mark * 7 for mark in "<>")
    files = [ROOT / "Makefile", *prose_files([ROOT])]
    conflicts = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if line.startswith(marks)
    ]
    assert conflicts == []


@pytest.mark.parametrize(("sentence", "says"), FOUND)
def test_a_sentence_that_breaks_a_rule_is_found(sentence: str, says: str) -> None:
    assert [complaint for complaint in complaints(Text(ROOT, 1, sentence)) if says in complaint]


def test_a_function_without_a_verb_is_found() -> None:
    text = Text(ROOT, 1, "The rows of a file.", is_function=True)
    assert list(complaints(text)) == ["begins without a verb: The rows of a file."]


def test_a_plain_sentence_passes() -> None:
    assert not list(complaints(Text(ROOT, 1, "Read the rows. There are none in an empty file.")))

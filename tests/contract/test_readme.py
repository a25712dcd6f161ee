"""README is short, tests run its commands, and documents link to files that exist."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.stories.readme_commands import curls
from tests.support.project import FILES, ROOT

OWN = [ROOT / name for name in FILES if name.endswith(".md")]
DOCUMENTS = sorted([*OWN, *(ROOT / "docs").rglob("*.md")])
README = (ROOT / "README.md").read_text()
LONGEST_README = 120
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

RUN_BY = {
    # The first two words of a command, and a line of the test that runs it.
    "docker compose": ("tests/stacks/compose_stack.py", 'self.compose("up", "--wait"'),
    "make up": ("tests/compose/test_compose_file.py", 'second.make("up")'),
    "make run": ("tests/stacks/local_stack.py", '["make", "run"'),
    "make check-data": ("tests/stories/test_members.py", 'stack.make("check-data"'),
    "make predict": ("tests/stories/test_the_loop.py", '("predict", "model_version")'),
    "make retrain": ("tests/stories/test_the_loop.py", 'stack.make("retrain"'),
    "make publish": ("tests/stories/test_publish.py", '"publish", **FILES'),
    "make history": ("tests/stories/test_the_loop.py", '("history", "promoted")'),
    "make status": ("tests/stories/test_the_loop.py", '("status", "v1")'),
    "make rollback": ("tests/stories/test_the_loop.py", '"rollback", {"VERSION": 1}'),
    "make down": ("tests/stories/test_faults.py", 'stack.make("down")'),
    "make help": ("tests/contract/test_readme.py", '["make", "--no-print-directory", "help"]'),
    "make test": (".ci/run", "make test"),
    "curl -s": ("tests/stories/test_the_loop.py", "gives_what_it_promises(stack)"),
}


def commands() -> list[str]:
    """List the commands in README's blocks of shell lines, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)\n```", README, re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    return [re.sub(r"\s+# .*", "", line) for line in lines]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_make_target_in_a_document_exists(path: Path) -> None:
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", path.read_text(), re.MULTILINE))
    assert named <= TARGETS


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_or_a_heading_leads_somewhere(path: Path) -> None:
    for link, heading in re.findall(r"\]\(([^)#]*)(?:#([^)]*))?\)", path.read_text()):
        if "://" not in link:
            target = path.parent / link if link else path
            assert target.exists(), link
            assert not heading or heading in anchors(target), f"{link}#{heading}"


def anchors(path: Path) -> set[str]:
    """Name a document's headings as GitHub does in links."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_readme_is_at_most_120_lines() -> None:
    assert len(README.splitlines()) <= LONGEST_README


def test_readme_starts_with_the_two_ways_to_a_served_model_and_tests_after_the_use() -> None:
    found = commands()
    assert found[:2] == ["docker compose up", "make run"]
    assert found[-1] == "make test"


def test_a_test_runs_every_command_of_readme() -> None:
    inline = re.findall(r"`(make [a-z-]+)", README)
    for command in [*commands(), *inline]:
        path, line = RUN_BY[" ".join(command.split()[:2])]
        assert line in (ROOT / path).read_text(), command


def test_every_curl_of_readme_has_an_answer_to_compare() -> None:
    assert [curl.command for curl in curls()] == [c for c in commands() if c.startswith("curl")]


def test_make_help_lists_every_target_with_a_line() -> None:
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    listed = set(re.findall(r"^  make ([a-z-]+) +\S", shown, re.MULTILINE))
    assert listed == TARGETS - {"setup", "setup-dev", "setup-audit", "setup-chart", "setup-mlflow"}


def test_readme_repeats_figures_of_the_documents_that_it_names() -> None:
    rows = re.findall(r"^\| \*\*.*\| (.*) \| (.*) \|$", README, re.MULTILINE)
    assert len(rows) > 4
    for measured, sources in rows:
        paths = re.findall(r"\]\(([^)]+)\)", sources)
        texts = "\n".join((ROOT / path).read_text() for path in paths)
        for figure in re.findall(r"\d[\d,]*\.\d+|\d[\d,]+", re.sub(r"`[^`]*`", "", measured)):
            assert re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d]|[.,]\d)", texts), figure


def test_the_index_of_documents_has_a_line_for_each_page() -> None:
    index = (ROOT / "docs" / "README.md").read_text()
    linked = re.findall(r"^- \[[^]]*\]\(([^)#]+)[^)]*\): ", index, re.MULTILINE)
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}
    assert pages <= set(linked)
    assert len(linked) == len(set(linked))

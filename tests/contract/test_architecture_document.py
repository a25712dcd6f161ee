"""docs/architecture.md names every room, and only files, symbols and imports that exist."""

import ast
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from gatekeeper.policy.policy import CHECKS
from predictor.open_inference.infer import infer
from shared.store.store import ModelStore
from tests.support.http.infer_requests import in_json, served_from
from tests.support.models.toy import toy_model, toy_rows
from tests.support.modules import PACKAGES, imports, modules
from tests.support.project import ROOT
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import gatekeeper_of
from tests.unit.test_architecture import ROOMS

TEXT = (ROOT / "docs" / "architecture.md").read_text()
MOST_FILES_TO_A_DECISION = 40
AFTER_A_DECISION = {
    "gatekeeper/background/heartbeat_watch.py",
    "gatekeeper/background/housekeeping.py",
    "shared/store/housekeeper_file.py",
    "shared/store/worker_liveness.py",
    "gatekeeper/background/retention.py",
    "gatekeeper/background/training_log.py",
    "shared/store/approval_file.py",
}
MEASURES = (
    "gatekeeper/statistics/",
    "gatekeeper/evaluation/live_replay.py",
    "gatekeeper/evaluation/logged_data.py",
    "gatekeeper/sandbox/guards.py",
    "gatekeeper/sandbox/pinned_scores.py",
    "gatekeeper/sandbox/recalls.py",
    "gatekeeper/sandbox/score_difference.py",
    "gatekeeper/sandbox/slices.py",
)
"""Leaves of the path to a decision, as the checks are."""
ROOMS_ON_DISK = {
    module.replace(".", "/")
    for module, path in modules().items()
    if path.name == "__init__.py" and "." in module
}


def section(title: str) -> str:
    """Cut out the text below a heading, up to the next heading of its level or above."""
    found = re.search(
        rf"^(#+) {re.escape(title)}\n(.*?)(?=^#{{1,3}} |\Z)", TEXT, re.MULTILINE | re.DOTALL
    )
    assert found is not None, title
    return found[2]


def table(text: str) -> list[tuple[str, ...]]:
    """Read the cells of a table's rows, without its header."""
    rows = [line.strip().strip("|").split("|") for line in text.splitlines() if line[:1] == "|"]
    return [tuple(cell.strip() for cell in row) for row in rows[2:]]


def files(title: str) -> list[str]:
    """List the files of a journey in their order; a file may come again."""
    return re.findall(r"`([a-z_]+(?:/[a-z_]+)+\.py)`", "\n".join(map(str, table(section(title)))))


def picture() -> Iterator[tuple[str, str]]:
    """Read the arrows between rooms of the picture; a room without one points to nothing."""
    package = ""
    block = re.search(r"```\n(shared .*?)```", TEXT, re.DOTALL)
    assert block is not None
    for line in block[1].splitlines():
        package = line.split()[0] if not line.startswith(" ") else package
        rooms = [f"{package}/{room.strip()}" for room in line.removeprefix(package).split("→")]
        yield from zip(rooms, [*rooms[1:], ""], strict=True)


def test_the_table_names_every_room_with_its_question() -> None:
    questions = {
        name.strip("`"): question for name, question in table(section("Rooms")) if "/" in name
    }
    assert questions.keys() == ROOMS_ON_DISK
    for name, question in questions.items():
        docstring = ast.get_docstring(ast.parse((ROOT / name / "__init__.py").read_text())) or ""
        assert re.findall(r"[A-Z][^.?]*\?", " ".join(docstring.split()))[:1] == [question], name


def test_the_picture_shows_every_room_and_every_import_between_rooms() -> None:
    arrows: dict[str, set[str]] = {}
    for source, target in picture():
        arrows.setdefault(source, set()).add(target)
    assert arrows.keys() == ROOMS_ON_DISK

    def reachable(room: str) -> set[str]:
        targets = arrows[room] - {""}
        return targets.union(*map(reachable, targets))

    for line, targets in ROOMS.items():
        package, room = line.split(".", 1)[0], line.replace(".", "/")
        names = {f"{package}.{target}".replace(".", "/") for target in targets.split()}
        if room in ROOMS_ON_DISK:
            assert names & ROOMS_ON_DISK <= reachable(room), line
            assert arrows[room] - {""} <= names, line


def test_every_file_and_folder_that_is_named_exists() -> None:
    named = re.findall(r"`((?:[a-z_]+/)+[\w.]*)`", TEXT)
    ours = [name for name in named if name.split("/")[0] in {*PACKAGES, "tests", "docs"}]
    assert len(ours) > 40
    assert [name for name in ours if not (ROOT / name).exists()] == []


def test_every_symbol_of_a_journey_is_defined_in_its_file() -> None:
    rows = re.findall(r"^\|[^|]*`([a-z_/]+\.py)` \| `([\w.]+)`", TEXT, re.MULTILINE)
    assert len(rows) > 20
    for file, symbol in rows:
        tree: ast.AST = ast.parse((ROOT / file).read_text())
        for name in symbol.split("."):
            found = [n for n in ast.walk(tree) if getattr(n, "name", None) == name]
            assert found, f"{file}: {symbol}"
            tree = found[0]


def test_the_code_defines_every_word_of_the_glossary() -> None:
    paths = [path for package in (*PACKAGES, "tests") for path in (ROOT / package).rglob("*.py")]
    sources = "\n".join(path.read_text() for path in paths)
    defined = {path.stem for path in paths} | set(re.findall(r"\b(?:class|def) (\w+)", sources))
    for _, _, symbols in table(section("Glossary")):
        for symbol in re.findall(r"`([^`]+)`", symbols):
            is_setting_or_path = symbol.isupper() or symbol.startswith("/")
            assert symbol in (sources if is_setting_or_path else defined), symbol


def test_a_candidate_passes_at_most_40_files_to_its_decision() -> None:
    assert len(set(files("A candidate: from its id to a decision"))) <= MOST_FILES_TO_A_DECISION


def test_each_decision_about_the_architecture_has_its_own_number() -> None:
    numbers = [int(path.name[:4]) for path in (ROOT / "docs" / "adr").glob("*.md")]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


def test_no_check_calls_another_check() -> None:
    checks = {check.judge.__module__ for check in CHECKS}
    assert len(checks) > 15
    assert [name for name in checks if imports(name) & checks] == []


@pytest.mark.parametrize("way", ["Fast path", "Slow path", "Inference protocol"])
def test_the_path_of_a_request_names_each_file_once(way: str) -> None:
    assert len(files(way)) > 8
    assert len(files(way)) == len(set(files(way)))


@contextmanager
def entered_files() -> Iterator[list[str]]:
    """List the product's files that are called from another file meanwhile, in this thread."""
    entered: list[str] = []

    def note(frame: FrameType, event: str, _: object) -> None:
        path = Path(frame.f_code.co_filename)
        caller = frame.f_back.f_code.co_filename if frame.f_back else ""
        if event != "call" or caller == str(path) or frame.f_code.co_name == "<module>":
            return
        if path.is_relative_to(ROOT):
            entered.append(str(path.relative_to(ROOT)))

    sys.setprofile(note)
    try:
        yield entered
    finally:
        sys.setprofile(None)


def test_a_decision_enters_only_the_files_of_the_table_checks_and_measures(
    store: ModelStore,
) -> None:
    reconciler = gatekeeper_of(store)
    toy_candidate().publish(store)
    reconciler.poll()
    candidate_id = toy_candidate(toy_model((1.0, 1.1))).publish(store)
    with entered_files() as entered:
        reconciler.decide_pending()
    assert store.decision_log().is_decided(candidate_id)
    listed = set(files("A candidate: from its id to a decision"))
    followed = {name for name in entered if name.startswith(("gatekeeper/", "shared/store/"))}
    leaves = {name for name in followed if name.startswith(("gatekeeper/policy/", *MEASURES))}
    # The gatekeeper reads these every two seconds, so not after each decision.
    seldom = {"shared/store/housekeeper_file.py", "shared/store/worker_liveness.py"}
    others = followed - leaves - listed | seldom
    assert others == AFTER_A_DECISION


def test_an_infer_request_enters_the_files_of_the_table_in_order_and_none_twice(
    store: ModelStore,
) -> None:
    served = served_from(store, toy_model())
    with entered_files() as entered:
        reply = infer(served, in_json(toy_rows(3)).body, None, lambda *_call: None)
    assert reply.status == 200
    listed = files("Inference protocol")
    expected = listed[listed.index("predictor/open_inference/infer.py") :]
    assert [name for name in dict.fromkeys(entered) if name in listed] == expected
    turns = "predictor/loop_turns.py"  # every file that works on large bodies calls it
    rooms = [name for name in entered if name.startswith("predictor/") and name != turns]
    codec = "predictor/codec/prediction_writer.py"
    while rooms.count(codec) > 1:  # it has a function for each check, and response.py calls both
        rooms.remove(codec)
    assert rooms == [name for name in expected if name.startswith("predictor/")]

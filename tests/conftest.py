"""Fixtures and marks for all tests."""

import gc
import os
import shutil
import signal
from collections.abc import Callable, Generator, Iterator
from functools import cache
from pathlib import Path

import hypothesis
import pytest

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store.store import ModelStore, open_for_writing
from tests.support.project import ROOT
from tests.support.stores.signing import Keys, new_keys

FAULTS = ROOT / "tests" / "faults"
LONGEST = tuple(
    ROOT / "tests" / name
    for name in (
        "integration/promotion/test_generated_tables.py",
        "faults/test_state_machine.py",
        "contract/test_estimators_document.py",
        "stories",
        "local",
    )
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the whole fault suite as thorough, and begin with the longest files."""
    # A long file at the end leaves the other worker idle.
    items.sort(key=lambda item: not _is_in(item.path, *LONGEST))
    for item in items:
        if _is_in(item.path, FAULTS):
            item.add_marker(pytest.mark.thorough)


@cache
def _is_in(path: Path, *folders: Path) -> bool:
    return any(map(path.is_relative_to, folders))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect tests without garbage collection: none of thousands of tests is garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """Exclude all tests and modules from later garbage collections, which then take no time."""
    gc.freeze()


def pytest_configure() -> None:
    """Let started processes receive Ctrl-C, and let tests share the processor with others."""
    # A shell's background jobs ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Tests with a terminal expect one that can clear a line.
    os.environ["TERM"] = "xterm"
    # Threads of one worker would wait, busily, for a processor that another worker uses.
    if "PYTEST_XDIST_WORKER" in os.environ:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
    # On a busy machine an example takes longer than the default of 200 ms.
    hypothesis.settings.register_profile("busy machine", deadline=None)
    hypothesis.settings.load_profile("busy machine")


@pytest.fixture(scope="module", autouse=True)
def _quick_disk(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let `os.fsync` of this process return at once. Only the fault suite loses power."""
    with pytest.MonkeyPatch.context() as patch:
        if not request.path.is_relative_to(FAULTS):
            patch.setattr(os, "fsync", lambda _descriptor: None)
        yield


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    """Make an empty store that this process may write everywhere."""
    return open_for_writing(tmp_path / "store", CANDIDATES, MODELS, DECISIONS, SERVING)


@pytest.fixture
def _few_generated_rows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a daily test prove an exported model on 400 generated rows instead of 5,000."""
    if request.node.get_closest_marker("thorough") is None:
        for name in ("ROWS", "_BATCH"):
            monkeypatch.setattr(f"trainer.export.fitted_answers.{name}", 400)


@pytest.fixture
def open_to_all() -> Callable[[Path], None]:
    """Let another user reach a directory: pytest's own temporary directories are private.

    They stay open, since tests in other processes may use them at the same time. The next run of
    pytest makes the directory above them private again.
    """

    def let_in(path: Path) -> None:
        for parent in [path, *path.parents]:
            mode = parent.stat().st_mode
            if mode & 0o005 != 0o005:
                parent.chmod(mode | 0o055)

    return let_in


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """Make the key pairs of a trainer and a gatekeeper."""
    return new_keys(tmp_path / "keys")


@pytest.fixture(scope="session")
def wrk() -> None:
    """Skip a test where wrk is not installed. In CI that is an error."""
    if shutil.which("wrk") is None:
        assert "CI" not in os.environ, "CI needs wrk, of Debian's package of that name"
        pytest.skip("wrk is not installed (Debian: apt install wrk)")

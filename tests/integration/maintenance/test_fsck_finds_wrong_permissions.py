"""A path of the wrong type, owner or permission is an error that names the path."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.contract.layout import FEEDBACK, ONNX_MODEL, PREDICTIONS, TEMPORARY_PREFIX
from shared.store.durable_write import (
    ROW_DIRECTORY_MODE,
    ROW_FILE_MODE,
    create_file,
    make_directory,
)
from shared.store.store import ModelStore, open_for_writing
from tests.integration.maintenance.damaged_store import (
    candidate,
    issues,
    kinds_naming,
    model,
    production,
)
from tests.support.processes.unprivileged_user import NOBODY, as_another_user


def own(path: Path) -> None:
    """Give it to another user."""
    if os.getuid() != 0:
        pytest.skip("only root can give files away")
    os.chown(path, NOBODY, NOBODY)


def give_group(store: ModelStore, path: Path) -> None:
    """Give it to another group, in a store of several users."""
    own(store.layout.serving)
    os.chown(path, -1, NOBODY)


def hide_from_the_predictor(store: ModelStore, path: Path) -> None:
    own(store.layout.serving)
    path.chmod(path.stat().st_mode & 0o700)


def file_instead(path: Path) -> None:
    shutil.rmtree(path)
    path.touch()


def label(store: ModelStore) -> Path:
    return write_segment(store, store.layout.feedback_segment(1))


def row(store: ModelStore) -> Path:
    return write_segment(store, store.layout.prediction_segment("w", 1))


def write_segment(store: ModelStore, path: Path) -> Path:
    """Write an empty segment with the modes of its writer."""
    open_for_writing(store.layout.root, PREDICTIONS, FEEDBACK)
    make_directory(path.parent, mode=ROW_DIRECTORY_MODE)
    create_file(path, b"", mode=ROW_FILE_MODE)
    return path


Plant = Callable[[ModelStore], object]
Named = Callable[[ModelStore], Path]
STORIES: dict[str, tuple[Plant, Named]] = {
    "a hard link to a model's file": (
        lambda s: os.link(model(s) / ONNX_MODEL, s.layout.root.parent / "other"),
        lambda s: model(s) / ONNX_MODEL,
    ),
    "a model that others may write": (
        lambda s: (model(s) / ONNX_MODEL).chmod(0o666),
        lambda s: model(s) / ONNX_MODEL,
    ),
    "a log that others may add to": (
        lambda s: s.layout.decisions.chmod(0o777),
        lambda s: s.layout.decisions,
    ),
    "a root that others may write": (
        lambda s: s.layout.root.chmod(0o775),
        lambda s: s.layout.root,
    ),
    "a registry that only its owner can read": (
        lambda s: hide_from_the_predictor(s, s.layout.registry),
        lambda s: s.layout.registry,
    ),
    "models that only their owner can list": (
        lambda s: hide_from_the_predictor(s, s.layout.models),
        lambda s: s.layout.models,
    ),
    "a registry that belongs to another user": (
        lambda s: own(s.layout.registry),
        lambda s: s.layout.registry,
    ),
    "models that belong to another user": (
        lambda s: own(s.layout.models),
        lambda s: s.layout.models,
    ),
    "a decision that belongs to another user": (
        lambda s: own(s.layout.decision(1)),
        lambda s: s.layout.decision(1),
    ),
    "labels that all users can read": (
        lambda s: label(s).chmod(0o644),
        lambda s: s.layout.feedback_segment(1),
    ),
    "a directory of rows that all users can list": (
        lambda s: row(s).parent.chmod(0o755),
        lambda s: s.layout.predictions / "w",
    ),
    "rows that their group can write": (
        lambda s: row(s).chmod(0o660),
        lambda s: s.layout.prediction_segment("w", 1),
    ),
    "labels of another group": (
        lambda s: give_group(s, label(s)),
        lambda s: s.layout.feedback_segment(1),
    ),
    "labels that another user can change": (
        lambda s: own(label(s)),
        lambda s: s.layout.feedback_segment(1),
    ),
    "rows that only their owner can read": (
        lambda s: hide_from_the_predictor(s, row(s)),
        lambda s: s.layout.prediction_segment("w", 1),
    ),
    "a file in the place of a part": (
        lambda s: file_instead(s.layout.serving),
        lambda s: s.layout.serving,
    ),
    "a file in the place of the candidates": (
        lambda s: file_instead(s.layout.candidates),
        lambda s: s.layout.candidates,
    ),
    "a file in the place of a model": (
        lambda s: file_instead(production(s)),
        production,
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_wrong_permission_is_an_error_that_names_the_path(used: ModelStore, story: str) -> None:
    plant, named = STORIES[story]
    path = named(used)
    plant(used)
    assert "error" in kinds_naming(used, path), issues(used)


def test_where_one_user_runs_everything_nobody_else_needs_to_read(used: ModelStore) -> None:
    used.layout.root.chmod(0o700)
    used.layout.registry.chmod(0o600)
    assert issues(used) == {}


def test_any_user_sees_an_error_for_an_unreadable_path(
    used: ModelStore, open_to_all: Callable[[Path], None]
) -> None:
    open_to_all(used.layout.root)
    hidden = [used.layout.registry, used.layout.candidates, candidate(used, 0), model(used)]
    for path in hidden:
        mode = path.stat().st_mode
        path.chmod(0o700)

        def look(path: Path = path) -> None:
            assert "error" in kinds_naming(used, path), issues(used)

        as_another_user(look)
        path.chmod(mode)


@pytest.mark.parametrize("directory", [PREDICTIONS, FEEDBACK])
def test_the_empty_file_of_a_service_that_starts_is_no_error(
    used: ModelStore, directory: str
) -> None:
    open_for_writing(used.layout.root, directory)
    probe = used.layout.root / directory / f"{TEMPORARY_PREFIX}probe-1"
    create_file(probe, b"")
    assert "error" not in kinds_naming(used, probe)
    probe.write_bytes(b"a row")
    assert "error" in kinds_naming(used, probe)

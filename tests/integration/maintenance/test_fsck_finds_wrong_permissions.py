"""A path of the wrong type, owner or permission is an error that names the path."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.contract.layout import ONNX_MODEL
from shared.store.store import ModelStore
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


def hide_from_the_predictor(store: ModelStore, path: Path) -> None:
    own(store.layout.serving)
    path.chmod(path.stat().st_mode & 0o700)


def file_instead(path: Path) -> None:
    shutil.rmtree(path)
    path.touch()


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

"""Interrupt a scene at each change in turn and check the store."""

import contextlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gatekeeper.decisions.rollback import roll_back
from shared.contract.layout import HOUSEKEEPER
from shared.errors import ModelgateError
from shared.store.store import ModelStore
from tests.faults.support.oracle import State, breaches, state_of, unsettled
from tests.faults.support.scenes import Scene, candidate, look, open_store
from tests.faults.support.tracing import REFUSED, Point, disturbed, frozen, steps

Mutation = Callable[[], object]
"""A function that plants a defect in the process that calls it."""


@dataclass(frozen=True)
class Breach:
    """A broken promise."""

    scene: str
    point: str
    what: str

    def __str__(self) -> str:
        return f"{self.scene}, {self.point}: {self.what}"


@dataclass(frozen=True)
class Prepared:
    """A scene before its first step: the store to copy, its changes and its result."""

    scene: Scene
    root: Path
    steps: list[Point]
    damage: frozenset[str]
    """Damage that the store has before. Only a recovery starts with any."""
    before: State
    done: State
    """State after the scene."""
    after: State
    """State after the next poll of a gatekeeper."""
    mutation: Mutation | None

    @property
    def changes(self) -> list[Point]:
        """Return the steps that change the store."""
        return [step for step in self.steps if not step.is_read]

    def act(self, store: ModelStore) -> None:
        """Run the scene, with the defect if there is one."""
        if self.mutation is not None:
            self.mutation()
        self.scene.act(store)

    def copied(self, root: Path) -> ModelStore:
        """Copy the prepared store to *root*. On another disk, the keeper would be another host."""
        not_copied = shutil.ignore_patterns(HOUSEKEEPER)
        shutil.copytree(self.root, root, symlinks=True, ignore=not_copied)
        return ModelStore(root)


def prepared(scene: Scene, directory: Path, mutation: Mutation | None = None) -> Prepared:
    """Prepare *scene* below *directory*, and run it once on a copy to list its changes."""
    store = open_store(directory / "prepared") if scene.name != FIRST else _bare(directory)
    scene.prepare(store)
    before = state_of(store)
    damage = frozenset(_without_root(store, breaches(store)))
    case = Prepared(scene, store.layout.root, [], damage, before, before, before, mutation)
    warm = case.copied(directory / "warm")
    scene.act(warm)  # late imports happen now, so that the counts do not change
    shutil.rmtree(warm.layout.root)
    copy = case.copied(directory / "listed")
    found = steps(copy, case.act, directory / "trace")
    done = state_of(copy)
    look(copy)
    after = state_of(copy)
    shutil.rmtree(copy.layout.root)
    return replace(case, steps=found, done=done, after=after)


FIRST = "a store is opened for the first time"


def _bare(directory: Path) -> ModelStore:
    root = directory / "prepared"
    root.mkdir()
    return ModelStore(root)


def killed_at(case: Prepared, point: Point, directory: Path) -> Iterator[Breach]:
    """Kill the scene before *point*. Yield damage of the store before and after a restart."""
    store = case.copied(directory / "killed")
    ending = disturbed(store, case.act, point.killed())
    assert ending.status == -9, f"{case.scene.name} {point}: ended with {ending.status}"
    yield from _examined(case, store, str(point), ending.promised)
    shutil.rmtree(store.layout.root)


def failed_at(
    case: Prepared, point: Point, error: str, directory: Path, *, sticky: bool
) -> Iterator[Breach]:
    """Inject an I/O error at *point*. Yield lost data, false promises and a failed retry."""
    store = case.copied(directory / "failed")
    ending = disturbed(store, case.act, point.failing(error, sticky=sticky))
    where = f"{error}{' and on' if sticky else ''} {point}"
    if ending.status not in {0, REFUSED}:
        yield Breach(case.scene.name, where, f"defect: the process ended with {ending.status}")
    if ending.status == 0 and case.scene.repeat and not state_of(store).holds(case.done):
        yield Breach(case.scene.name, where, "lost: it said that it was done")
    yield from _examined(case, store, where, ending.promised)
    shutil.rmtree(store.layout.root)


def promote_another(store: ModelStore) -> None:
    """Publish and promote a candidate with another trainer and gatekeeper."""
    candidate(8.0).publish(store)
    look(store)


def go_back(store: ModelStore) -> None:
    """Roll back to version 1 if there is an older version."""
    with contextlib.suppress(ModelgateError):
        roll_back(store, 1)


MEANWHILE = (promote_another, go_back)


def frozen_at(
    case: Prepared, point: Point, others: Callable[[ModelStore], None], directory: Path
) -> Iterator[Breach]:
    """Stop the scene after *point* while *others* decide. Yield what it then destroys."""
    store = case.copied(directory / "frozen")
    sleeper = frozen(store, case.act, point)
    opened = open_store(store.layout.root)
    others(opened)
    meanwhile = state_of(opened)
    ending = sleeper.wake()
    where = f"frozen after {point}"
    if ending.status not in {0, REFUSED}:
        yield Breach(case.scene.name, where, f"defect: the process ended with {ending.status}")
    found = {*breaches(opened, case.before, meanwhile, *ending.promised)}
    if not found:
        look(opened)
        derived = unsettled(opened, state_of(opened))
        found = {*breaches(opened, case.before, meanwhile, *ending.promised), *derived}
    for what in sorted(_without_root(store, found)):
        yield Breach(case.scene.name, where, what)
    shutil.rmtree(store.layout.root)


def _examined(
    case: Prepared, store: ModelStore, where: str, promised: tuple[State, ...]
) -> Iterator[Breach]:
    left = {*_without_root(store, breaches(store, case.before, *promised))}
    found = left - case.damage
    if not found:
        restart(case, store)
        again = (*breaches(store, case.before, *promised), *unsettled(store, case.after))
        found = {*_without_root(store, again)}
    for what in sorted(found):
        yield Breach(case.scene.name, where, what)


def _without_root(store: ModelStore, found: Iterable[str]) -> Iterator[str]:
    return (what.replace(str(store.layout.root), "") for what in found)


def restart(case: Prepared, store: ModelStore) -> None:
    """Start everything again. A user without a response repeats the request."""
    opened = open_store(store.layout.root)
    if case.scene.repeat is not None and not state_of(opened).holds(case.done):
        case.scene.repeat(opened)
    look(opened)

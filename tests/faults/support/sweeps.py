"""Breaking a scene off at one change after the other, and looking what is left of the store."""

import contextlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gatekeeper.decisions.rollback import roll_back
from shared.errors import ModelgateError
from shared.store.store import ModelStore
from tests.faults.support.oracle import State, breaches, state_of, unsettled
from tests.faults.support.scenes import Scene, candidate, look, open_store
from tests.faults.support.tracing import REFUSED, Point, disturbed, frozen, steps

Mutation = Callable[[], object]
"""Plants a defect in the process that calls it."""


@dataclass(frozen=True)
class Breach:
    """A promise that did not hold."""

    scene: str
    point: str
    what: str

    def __str__(self) -> str:
        return f"{self.scene}, {self.point}: {self.what}"


@dataclass(frozen=True)
class Prepared:
    """A scene before its first step: a store to be copied, what it changes, what it leads to."""

    scene: Scene
    root: Path
    steps: list[Point]
    damage: frozenset[str]
    """What is broken in it already; only a recovery starts so."""
    before: State
    done: State
    """When the scene is over."""
    after: State
    """When a gatekeeper has looked at it."""
    mutation: Mutation | None

    @property
    def changes(self) -> list[Point]:
        """The steps that change the store."""
        return [step for step in self.steps if not step.is_read]

    def act(self, store: ModelStore) -> None:
        """The scene, with the defect if there is one."""
        if self.mutation is not None:
            self.mutation()
        self.scene.act(store)

    def copied(self, root: Path) -> ModelStore:
        """A fresh copy of the prepared store at *root*."""
        shutil.copytree(self.root, root, symlinks=True)
        return ModelStore(root)


def prepared(scene: Scene, directory: Path, mutation: Mutation | None = None) -> Prepared:
    """Prepare *scene* below *directory*, and carry it out once on a copy to list its changes."""
    store = open_store(directory / "prepared") if scene.name != FIRST else _bare(directory)
    scene.prepare(store)
    before = state_of(store)
    damage = frozenset(_without_root(store, breaches(store)))
    case = Prepared(scene, store.layout.root, [], damage, before, before, before, mutation)
    warm = case.copied(directory / "warm")
    scene.act(warm)  # what is imported late is imported now: the counts must not change
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
    """Killed before *point*, the store is whole; started again, everything is put right."""
    store = case.copied(directory / "killed")
    ending = disturbed(store, case.act, point.killed())
    assert ending.status == -9, f"{case.scene.name} {point}: ended with {ending.status}"
    yield from _examined(case, store, str(point), ending.promised)
    shutil.rmtree(store.layout.root)


def failed_at(
    case: Prepared, point: Point, error: str, directory: Path, *, sticky: bool
) -> Iterator[Breach]:
    """With an I/O error at *point*, nothing is lost, nothing falsely promised; a retry works."""
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
    """Another trainer and another gatekeeper go on."""
    candidate(8.0).publish(store)
    look(store)


def go_back(store: ModelStore) -> None:
    """Somebody asks for version 1, if there is one to go back to."""
    with contextlib.suppress(ModelgateError):
        roll_back(store, 1)


MEANWHILE = (promote_another, go_back)


def frozen_at(
    case: Prepared, point: Point, others: Callable[[ModelStore], None], directory: Path
) -> Iterator[Breach]:
    """Stopped after *point* while *others* decide, it destroys nothing when it wakes up."""
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
    """Everything is started again; who asked for something and was not answered asks again."""
    opened = open_store(store.layout.root)
    if case.scene.repeat is not None and not state_of(opened).holds(case.done):
        case.scene.repeat(opened)
    look(opened)

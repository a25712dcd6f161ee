"""Power failures before each change: acknowledged data must be on the disk."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from shared.store.store import ModelStore
from tests.faults.support.loop_disk import LoopDisk
from tests.faults.support.oracle import breaches, unsettled
from tests.faults.support.scenes import Scene
from tests.faults.support.sweeps import Breach, Mutation, Prepared, prepared, restart
from tests.faults.support.tracing import Point, disturbed

STORE = "store"


class PowerCase:
    """A prepared scene on a separate disk."""

    def __init__(self, scene: Scene, directory: Path, mutation: Mutation | None = None) -> None:
        self.case: Prepared = prepared(scene, directory, mutation)
        self._disk = LoopDisk(directory)
        self._kept = directory / "kept.img"
        self._disk.format()
        self._disk.mount()
        self.case.copied(self._disk.root / STORE)
        os.sync()
        self._disk.unmount()
        self._disk.keep(self._kept)

    def cut_at(self, point: Point | None, flag: int) -> Iterator[Breach]:
        """Cut the power before *point*, or directly after the end."""
        self._disk.put_back(self._kept)
        self._disk.mount()
        try:
            store = ModelStore(self._disk.root / STORE)
            ending = disturbed(store, self.case.act, point.killed() if point else [])
            self._disk.cut_power(flag)
            self._disk.mount()
            case = replace(self.case, mutation=None)  # recovery runs without the mutation
            where = f"power lost ({flag}) {point or 'after the end'}"
            found = [
                what
                for what in breaches(store, case.before, *ending.promised)
                if what.replace(str(store.layout.root), "") not in case.damage
            ]
            if not found:
                # The disk may have another device number now, which counts as another host.
                store.layout.housekeeper.unlink(missing_ok=True)
                restart(case, store)
                again = (*breaches(store, case.before, *ending.promised),)
                found = [*again, *unsettled(store, case.after)]
            for what in found:
                yield Breach(case.scene.name, where, what)
        finally:
            self._disk.unmount()

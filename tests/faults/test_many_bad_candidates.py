"""A good candidate is decided although many bad candidates, or very many files, come first."""

import os
from collections.abc import Callable, Iterable
from functools import partial
from itertools import cycle, islice
from pathlib import Path

from shared.contract.layout import HOLDOUT, MANIFEST
from shared.store.store import ModelStore
from tests.faults.support.effort import dice, figure
from tests.faults.support.record import Record
from tests.integration.bad_candidates import test_bad_files, test_bad_manifests
from tests.support.models.toy import toy_model
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import toy_candidate
from tests.support.stores.gatekeeping import failed_checks, refuse, running_gatekeeper


def bad_candidates(store: ModelStore) -> Iterable[str]:
    """Cycle through the kinds of bad files and manifests that need no scoring process."""
    kinds: list[Callable[[], str]] = []
    for damage, _ in test_bad_files.FILES.values():
        kinds.append(partial(published_with, store, partial(at_the_holdout, damage)))
    for edit, _ in test_bad_manifests.MANIFESTS.values():
        kinds.append(partial(published_with, store, partial(edited, edit)))
    dice().shuffle(kinds)
    for publish in cycle(kinds):
        yield publish()


def published_with(store: ModelStore, damage: Callable[[Path], object]) -> str:
    candidate_id = toy_candidate().publish(store)
    damage(store.layout.candidate(candidate_id))
    return candidate_id


def at_the_holdout(damage: Callable[[Path], object], directory: Path) -> None:
    damage(directory / HOLDOUT)


def edited(edit: Callable[[bytes], bytes], directory: Path) -> None:
    path = directory / MANIFEST
    path.write_bytes(edit(path.read_bytes()))


def test_a_good_candidate_behind_many_bad_ones_is_decided_soon(
    store: ModelStore, record: Record, tmp_path: Path
) -> None:
    count = figure(quick=20, full=100)
    bad = list(islice(bad_candidates(store), count))
    good = toy_candidate(toy_model(bias=0.25)).publish(store)
    with running_gatekeeper(store.layout.root, tmp_path / "log") as gatekeeper:
        wait_for(lambda: store.decision_log().decision_on(good), "its decision", within=60.0)
        assert gatekeeper.process.poll() is None
    log = store.decision_log()
    decided = log.decision_on(good)
    assert decided is not None
    assert decided.outcome == "promoted"
    assert all(failed_checks(store, candidate_id) for candidate_id in bad)
    record.add("bad candidates", "in front of a good one", count)


def test_very_many_files(store: ModelStore) -> None:
    candidate_id = toy_candidate().publish(store)
    directory = store.layout.candidate(candidate_id)
    for number in range(figure(quick=1000, full=100_000)):
        os.mknod(directory / f"{number:06}")
    failed = refuse(store, candidate_id)
    assert list(failed) == ["bytes-match"]
    assert "'000000'" in failed["bytes-match"]

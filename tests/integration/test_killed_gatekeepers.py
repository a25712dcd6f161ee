"""A gatekeeper is killed before each change it makes to the volume; the next one makes it good.

The gatekeeper runs in a forked process whose every changing system call is counted, and dies
by SIGKILL before the one that is its turn. Then the store is checked, a fresh gatekeeper looks
at it, and it is checked again.
"""

import os
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.approval import approve
from gatekeeper.desk import Desk
from gatekeeper.rollback import roll_back
from gatekeeper.training_log import encode_log
from shared.checker import check_store
from shared.layout import CANDIDATES, DECISIONS, MODELS
from shared.store import ModelStore, open_for_writing
from tests.builders import promote, toy_candidate, toy_model
from tests.forks import fork
from tests.gatekeeping import TrustingEvaluator, gatekeeper_of, outcomes

CHANGES = ("write", "fsync", "fchmod", "chmod", "link", "unlink", "rename", "mkdir", "rmdir")


def look(store: ModelStore) -> None:
    """One poll of a fresh gatekeeper that keeps two models."""
    gatekeeper_of(store, evaluator=TrustingEvaluator(), keep_models=2).poll()


def dies_before_change(turn: int, action: Callable[[], object]) -> bool:
    """Run *action* in a forked process that is killed before its change number *turn*.

    Says whether it came to that; else the action was through before.
    """

    def live_and_die() -> None:
        _count_changes(turn)
        action()

    status = fork(live_and_die).wait()
    assert status in {0, -signal.SIGKILL}
    return status != 0


def _count_changes(turn: int) -> None:
    left = turn

    def counted(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*arguments, **options)

        return call

    for name in CHANGES:
        setattr(os, name, counted(getattr(os, name)))


def go_back(store: ModelStore) -> None:
    roll_back(store, 1)
    look(store)


def prepare_first(store: ModelStore) -> None:
    toy_candidate().publish(store)


def prepare_promotion(store: ModelStore) -> None:
    """Two models are kept, and a third one comes."""
    for bias in (1.0, 2.0):
        promote(store, toy_model(bias=bias))
    look(store)
    toy_candidate(toy_model(bias=3.0)).publish(store)


def prepare_refusal(store: ModelStore) -> None:
    promote(store, toy_model())
    look(store)
    toy_candidate(claimed=0.5).publish(store)


def prepare_rollback(store: ModelStore) -> None:
    for bias in (1.0, 2.0):
        promote(store, toy_model(bias=bias))
    look(store)


def approve_it(store: ModelStore) -> None:
    """A gatekeeper that asks a person, who approves."""
    desk = Desk(is_manual=True)
    gatekeeper = gatekeeper_of(store, evaluator=TrustingEvaluator(), keep_models=2, desk=desk)
    gatekeeper.poll()
    for held in desk.all():
        approve(store, desk, held.candidate_id, "seen")
    gatekeeper.poll()


Act = Callable[[ModelStore], None]
STORIES: dict[str, tuple[Act, Act, list[str]]] = {
    "the first promotion": (prepare_first, look, ["promoted"]),
    "a promotion that prunes": (prepare_promotion, look, ["promoted"] * 3),
    "a refusal": (prepare_refusal, look, ["promoted", "refused"]),
    "an approval": (prepare_promotion, approve_it, ["promoted"] * 3),
    "a rollback": (prepare_rollback, go_back, ["promoted", "promoted", "rolled_back"]),
}
ASKED_BY_A_USER = {"an approval", "a rollback"}


def errors(store: ModelStore) -> list[str]:
    return [finding.message for finding in check_store(store) if finding.kind == "error"]


@pytest.mark.parametrize("story", STORIES)
def test_a_gatekeeper_killed_before_any_change_is_made_good_by_the_next(
    tmp_path: Path, story: str
) -> None:
    prepare, act, expected = STORIES[story]
    top = tmp_path / "prepared"
    prepare(open_for_writing(top, CANDIDATES, MODELS, DECISIONS))
    before = outcomes(ModelStore(top))
    killed = True
    turn = 0
    while killed:
        turn += 1
        store = ModelStore(tmp_path / f"killed-{turn}")
        shutil.copytree(top, store.layout.root)
        killed = dies_before_change(turn, partial(act, store))
        assert errors(store) == [], f"killed before change {turn}"
        assert outcomes(store) in (before, expected), f"killed before change {turn}"
        if story in ASKED_BY_A_USER and outcomes(store) == before:
            act(store)  # nobody was told that it was done: its user asks again
        look(store)
        assert errors(store) == [], f"made good after change {turn}"
        assert outcomes(store) == expected
        log = store.decision_log()
        assert store.registry.read() == log.registry
        decisions = [entry.decision for entry in log.entries]
        assert store.layout.training_log.read_bytes() == encode_log(decisions)
        shutil.rmtree(store.layout.root)
    assert turn > 15, "the sweep must have met something to kill"

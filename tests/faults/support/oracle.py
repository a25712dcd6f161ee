"""Invariants of a store after any fault."""

from collections.abc import Iterator
from dataclasses import dataclass

from gatekeeper.background.training_log import encode_log
from shared.contract.layout import MANIFEST
from shared.errors import StoreError
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore


@dataclass(frozen=True)
class State:
    """The state of a store that its users can observe."""

    outcomes: tuple[str, ...]
    waiting: frozenset[str]
    """Published candidates without a decision."""
    decided: frozenset[str]

    def holds(self, earlier: "State") -> bool:
        """Return whether *earlier* holds: decisions remain, candidates wait or are decided."""
        return (
            self.outcomes[: len(earlier.outcomes)] == earlier.outcomes
            and earlier.decided <= self.decided
            and earlier.waiting <= self.waiting | self.decided
        )


def state_of(store: ModelStore) -> State:
    """Read the state of a store whose log is readable."""
    log = store.decision_log()
    ids = store.candidates.ids()
    return State(
        outcomes=tuple(entry.decision.outcome for entry in log.entries),
        waiting=frozenset(name for name in ids if not log.is_decided(name)),
        decided=frozenset(
            entry.decision.candidate_id for entry in log.entries if entry.decision.candidate_id
        ),
    )


def breaches(store: ModelStore, *promised: State) -> Iterator[str]:
    """Yield each broken promise: damage, and promised states that are lost."""
    for finding in check_store(store):
        if finding.kind == "error":
            yield f"damaged: {finding.message}"
    for candidate_id in store.candidates.ids():
        if not (store.layout.candidate(candidate_id) / MANIFEST).is_file():
            yield f"torn: {candidate_id} has no manifest"
    try:
        now = state_of(store)
    except StoreError as error:
        yield f"damaged: {error}"
        return
    for earlier in promised:
        if not now.holds(earlier):
            yield f"lost: {earlier} was promised, there is {now}"


def unsettled(store: ModelStore, expected: State) -> Iterator[str]:
    """Yield what a poll failed to repair: derived files that differ from the log."""
    log = store.decision_log()
    if store.registry.read() != log.registry:
        yield "derived: registry.json does not follow from the log"
    written = store.layout.training_log
    decisions = [entry.decision for entry in log.entries]
    if decisions and written.read_bytes() != encode_log(decisions):
        yield "derived: training.log does not follow from the log"
    found = state_of(store)
    if (found.outcomes, len(found.waiting)) != (expected.outcomes, len(expected.waiting)):
        yield f"unfinished: {expected} was expected, there is {found}"

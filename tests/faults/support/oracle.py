"""Invariants of a store after any fault."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gatekeeper.background.training_log import encode_log
from shared.contract.documents import Registry
from shared.contract.layout import MANIFEST, REFERENCE, parse_live_hour_name
from shared.errors import StoreError
from shared.live.live_hours import LiveHours
from shared.maintenance.store_checker import check_store
from shared.prediction_log.label import Label, LabelValue
from shared.prediction_log.logged_row import decode_row
from shared.prediction_log.segments import (
    list_feedback_segments,
    list_prediction_segments,
    read_labels,
)
from shared.store.store import ModelStore

OLD_YEAR = 2000
"""The last year of labels that are to be removed."""


@dataclass(frozen=True)
class State:
    """The state of a store that its users can observe."""

    outcomes: tuple[str, ...]
    waiting: frozenset[str]
    """Published candidates without a decision."""
    decided: frozenset[str]
    labels: frozenset[tuple[str, LabelValue]] = frozenset()
    """All labels of today, which were acknowledged or may be."""

    def holds(self, earlier: "State") -> bool:
        """Return whether *earlier* holds: decisions remain, candidates wait or are decided."""
        return (
            self.outcomes[: len(earlier.outcomes)] == earlier.outcomes
            and earlier.decided <= self.decided
            and earlier.waiting <= self.waiting | self.decided
            and earlier.labels <= self.labels
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
        labels=frozenset(
            (label.id, label.label)
            for label in read_all_labels(store)
            if label.received_at.year > OLD_YEAR
        ),
    )


def read_all_labels(store: ModelStore) -> Iterator[Label]:
    """Yield the labels of all segments."""
    for path in list_feedback_segments(store.layout):
        yield from read_labels(path)


def breaches(store: ModelStore, *promised: State) -> Iterator[str]:
    """Yield each broken promise: damage, and promised states that are lost."""
    for finding in check_store(store):
        # No loss of power: so counts are whole, too.
        is_torn = finding.message.endswith(("(It is left out.)", "Readers leave them out."))
        if finding.kind == "error" or is_torn:
            yield f"damaged: {finding.message}"
    yield from _find_torn_rows(store)
    for candidate_id in store.candidates.ids():
        if not (store.layout.candidate(candidate_id) / MANIFEST).is_file():
            yield f"torn: {candidate_id} has no manifest"
    try:
        now = state_of(store)
    except StoreError as error:
        yield f"damaged: {error}"
        return
    for each in store.decision_log().decisions():
        if each.registry is not None and _has_lost_its_reference(store, each.registry):
            yield f"lost: version {each.registry.version} has no reference"
    for earlier in promised:
        if not now.holds(earlier):
            yield f"lost: {earlier} was promised, there is {now}"


def _find_torn_rows(store: ModelStore) -> Iterator[str]:
    for path in list_prediction_segments(store.layout):
        if None in map(decode_row, path.read_bytes().split(b"\n")[:-1] or [b"no line"]):
            yield f"torn: a line of {path}"
        if not path.read_bytes().endswith(b"\n"):
            yield f"torn: the end of {path}"


def _has_lost_its_reference(store: ModelStore, registry: Registry) -> bool:
    """Return whether the candidate of a version has a reference that its model lacks."""
    given = store.layout.candidate(registry.candidate_id) / REFERENCE
    model = store.models.directory(registry.digest)
    return given.exists() and model.exists() and not (model / REFERENCE).exists()


def unsettled(store: ModelStore, expected: State) -> Iterator[str]:
    """Yield what a poll failed to repair: derived files that differ from the log."""
    log = store.decision_log()
    if store.registry.read() != log.registry:
        yield "derived: registry.json does not follow from the log"
    written = store.layout.training_log
    decisions = [entry.decision for entry in log.entries]
    if decisions and not written.exists():
        yield "derived: training.log is missing"
    elif decisions and written.read_bytes() != encode_log(decisions):
        yield "derived: training.log does not follow from the log"
    hours = LiveHours(store.layout)
    for worker in hours.workers():
        for hour in hours.hours(worker):
            begin = parse_live_hour_name(f"{hour}.json")
            if begin is None or begin < datetime.now(UTC) - timedelta(days=31):
                yield f"unfinished: old counts of {worker} are there"
    if any(label.received_at.year <= OLD_YEAR for label in read_all_labels(store)):
        yield "unfinished: old labels are there"
    found = state_of(store)
    if (found.outcomes, len(found.waiting)) != (expected.outcomes, len(expected.waiting)):
        yield f"unfinished: {expected} was expected, there is {found}"

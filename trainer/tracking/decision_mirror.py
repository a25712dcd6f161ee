"""Mirror the decision log: tags of runs, versions of the registered model, and its alias."""

import logging
from collections.abc import Callable

from shared.contract.documents import Decision, Registry
from shared.errors import StoreError
from shared.following.log_tail import BEGINNING, LogPosition, LogTail, TailEntry
from shared.store.store import ModelStore
from shared.text import shorten, to_printable
from shared.volume.transient_errors import is_transient
from trainer.tracking.candidate_runs import CandidateRuns
from trainer.tracking.client import RefusedByMlflowError
from trainer.tracking.mirrored_versions import MirroredVersions
from trainer.tracking.run_content import MAX_TAG, PROBLEM
from trainer.tracking.tracked_runs import TrackedRuns

logger = logging.getLogger(__name__)


class DecisionMirror:
    """The mirror of one log. After an error, a new one begins where the server says."""

    def __init__(
        self,
        store: ModelStore,
        runs: TrackedRuns,
        candidates: CandidateRuns,
        versions: MirroredVersions,
    ) -> None:
        self._tail = LogTail(store.layout)
        self._runs = runs
        self._candidates = candidates
        self._versions = versions
        self._position: LogPosition | None = None
        self._champion: Registry | None = None

    def is_behind(self) -> bool:
        """Return whether the log has a decision that is not mirrored. Raises StoreError."""
        return self._tail.after(self._position or BEGINNING) is not None

    def catch_up(self, stopped: Callable[[], bool]) -> None:
        """Mirror all decisions that are not mirrored, in their order.

        Raises TrackingError, ForeignModelError, or StoreError if the log cannot be read.
        """
        if self._position is None and (first := self._tail.read(1)) is not None:
            self._position = self._begin(first)
        position = self._position
        while position is not None and not stopped():
            entry = self._tail.after(position)
            if entry is None:
                break
            self._mirror(entry)
            self._versions.pass_decision(entry.position)
            self._position = position = entry.position

    def repair_champion(self) -> None:
        """Put the alias back if somebody moved it. Begin again if the log lost its end."""
        if self._position is not None and not self._tail.has(self._position):
            self._position = self._champion = None
            return
        if self._champion is None:
            return
        version = self._versions.find(self._champion)
        if version is not None and self._versions.champion() != version:
            logger.warning("The alias champion was moved. It is put back to version %s.", version)
            self._versions.set_champion(version)

    def _begin(self, first: TailEntry) -> LogPosition:
        position = self._versions.begin(first.position.sha256 or "")
        if not self._tail.has(position):
            # Everything that is mirrored already is found again, so nothing is registered twice.
            logger.warning(
                "MLflow has decisions that this log lacks, perhaps from before a restore. All "
                "decisions are compared again."
            )
            return BEGINNING
        self._champion = self._find_champion(position)
        return position

    def _find_champion(self, position: LogPosition) -> Registry | None:
        number = position.number
        while number and (entry := self._tail.read(number)) is not None:
            if entry.decision.registry is not None:
                return entry.decision.registry
            number -= 1
        return None

    def _mirror(self, entry: TailEntry) -> None:
        decision = entry.decision
        if decision.candidate_id is not None:
            self._runs.tag(self._candidates.log(decision.candidate_id), describe(decision))
        if decision.registry is not None:
            self._promote(decision, decision.registry)
        logger.info("Decision %d (%s) is in MLflow.", decision.number, decision.outcome)

    def _promote(self, decision: Decision, registry: Registry) -> None:
        run = self._candidates.log(registry.candidate_id)
        version = self._versions.find(registry)
        if version is None:
            tags = describe(decision)
            try:
                self._candidates.upload_production(run, registry.digest, registry.promoted_at)
            except (RefusedByMlflowError, StoreError, OSError) as error:
                if is_transient(error):
                    raise
                tags[PROBLEM] = shorten(to_printable(error), MAX_TAG)
            version = self._versions.create(registry, run, tags)
        if decision.outcome == "rolled_back":
            self._tag_predecessor(decision)
        self._versions.set_champion(version)
        self._champion = registry

    def _tag_predecessor(self, decision: Decision) -> None:
        """Say at the version that a rollback replaced why it did."""
        replaced = self._champion and self._versions.find(self._champion)
        if replaced:
            tags = {"modelgate.rolled_back_by": str(decision.number)}
            self._versions.tag(replaced, {**tags, "modelgate.rolled_back_because": why(decision)})


def describe(decision: Decision) -> dict[str, str]:
    """Return the tags of a decision."""
    tags = {
        "modelgate.outcome": decision.outcome,
        "modelgate.decision": str(decision.number),
        "modelgate.decided_at": decision.decided_at.isoformat(),
    }
    if decision.registry is not None:
        tags["modelgate.promoted_version"] = str(decision.registry.version)
    if reason := why(decision):
        tags["modelgate.reason"] = reason
    if decision.decided_by:
        tags["modelgate.decided_by"] = decision.decided_by
    return tags


def why(decision: Decision) -> str:
    """Return the reason of a decision: the failed checks, and the words of a person."""
    words = [f"{each.name}: {each.message}" for each in decision.failed]
    return shorten(" ".join([*words, *([decision.reason] if decision.reason else [])]), MAX_TAG)

"""Choose the version to serve while the desired one is in quarantine: the version before it."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from predictor.supervision.shared_records import SharedRecords
from shared.contract.documents import Registry

CHOICE_SECONDS = 30.0
"""Seconds after which a choice is made again: a volume that failed may work again."""


@dataclass(frozen=True)
class Choice:
    """The version to serve, and the reason if it differs from the desired one."""

    registry: Registry | None
    """None: no version can be served."""
    reason: str | None = None
    """A message if the desired version is in quarantine."""


class Quarantine:
    """The models that ended workers repeatedly, as the parent process counts them.

    A model leaves the quarantine only when the predictor starts again.
    """

    def __init__(
        self,
        records: SharedRecords,
        logged: Callable[[], Iterable[Registry]],
        has_model: Callable[[str], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._records = records
        self._logged = logged
        self._has_model = has_model
        self._clock = clock
        self._generation = -1.0
        self._failures: dict[str, dict[str, Any]] = {}
        self._rejected: dict[str, float] = {}
        """The digests that could not be loaded, each with the time of its next attempt."""
        self._choices: dict[int, tuple[Choice, float]] = {}
        """The choice for each desired version, with the time at which it is made again."""

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests in quarantine."""
        self._refresh()
        return tuple(self._failures)

    def choose(self, desired: Registry) -> Choice:
        """Choose what to serve instead of *desired*, if that is in quarantine.

        Without an earlier version it stays in service, unless it fails when it is loaded. Raises
        OSError if the decision log is unreadable.
        """
        self._refresh()
        failures = self._failures.get(desired.digest)
        if failures is None:
            return Choice(desired)
        now = self._clock()
        choice, until = self._choices.get(desired.version, (Choice(desired), now))
        if now >= until:
            self._rejected = {key: at for key, at in self._rejected.items() if at > now}
            choice = self._fall_back(desired, failures)
            until = min([now + CHOICE_SECONDS, *self._rejected.values()])
            self._choices[desired.version] = choice, until
        return choice

    def reject(self, registry: Registry, until: float) -> None:
        """Choose another version until then: *registry* could not be loaded."""
        self._rejected[registry.digest] = until
        self._choices.clear()

    def _refresh(self) -> None:
        generation = self._records.generation
        if generation != self._generation:
            self._failures = self._records.read_notice().get("quarantined", {})
            self._generation = generation
            self._choices.clear()

    def _fall_back(self, desired: Registry, failures: dict[str, Any]) -> Choice:
        avoided = self._rejected.keys() | self._failures.keys()
        before = next(
            (
                each
                for each in self._logged()
                if each.version < desired.version
                and each.digest not in avoided
                and self._has_model(each.digest)
            ),
            None,
        )
        if before is not None:
            served, instead = before, f"Version {before.version} is served instead."
        elif failures["in_load"]:
            served, instead = None, "No earlier version can be served."
        else:
            served, instead = desired, "No earlier version can be served, so it stays in service."
        reason = (
            f"Version {desired.version} is in quarantine after {failures['count']} failures; the "
            f"last one: {failures['reason']}. {instead} Roll back, or promote another model."
        )
        return Choice(served, reason)

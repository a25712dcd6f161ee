"""Own the reference to the served model, and move it to the desired version."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from predictor.lifecycle.loader import LoadedModel
from predictor.lifecycle.malloc_trim import release_free_memory
from predictor.lifecycle.quarantine import Choice, Quarantine
from predictor.lifecycle.registry_watcher import RegistryObservation
from predictor.lifecycle.retry_schedule import LoadFailure, RetrySchedule
from predictor.lifecycle.served_model import ServedModel
from shared.contract.documents import Registry
from shared.errors import ModelgateError

logger = logging.getLogger(__name__)

RETIREMENT_SECONDS = 1.0
"""Seconds that an old model is kept after a swap: longer than any call on the event loop.

The thread that drops the last reference frees the model. For a large model that takes tens of
milliseconds, so it must be the manager's thread and never the event loop.
"""

ReloadOutcome = Literal["loaded", "adopted", "failed"]
"""The result of an attempt to serve another version; adopted: the model is the same."""


@dataclass(frozen=True)
class WorkerStatus:
    """The desired version, the served model and the last errors of one worker."""

    desired: Registry | None = None
    served: ServedModel | None = None
    load_error: str | None = None
    registry_error: str | None = None
    file_problem: str | None = None
    quarantine: str | None = None
    """The reason why an earlier version is served, or no version."""

    @property
    def last_error(self) -> str | None:
        """Why the worker does not use the newest model, registry, keys or certificate."""
        return self.quarantine or self.load_error or self.registry_error or self.file_problem


class ModelManager:
    """Moves a worker to the desired version. Only one thread calls `reconcile`.

    `served` and `status` may be read from any thread: each is replaced, never changed.
    After a load that fails, the old model stays. The version decreases only if the desired one is
    in quarantine.
    """

    def __init__(
        self,
        load: Callable[[str], LoadedModel],
        *,
        quarantine: Quarantine | None = None,
        schedule: RetrySchedule | None = None,
        clock: Callable[[], float] = time.monotonic,
        before_swap: Callable[[ServedModel], object] = lambda _served: None,
        on_change: Callable[[], object] = lambda: None,
        on_reload: Callable[[ReloadOutcome, float], object] = lambda _outcome, _seconds: None,
    ) -> None:
        self._load = load
        self._quarantine = quarantine
        self._schedule = schedule or RetrySchedule()
        self._clock = clock
        self._before_swap = before_swap
        self._on_change = on_change
        self._on_reload = on_reload
        self._retired: list[tuple[float, ServedModel]] = []
        self.served: ServedModel | None = None
        self.status = WorkerStatus()

    def reconcile(self, observation: RegistryObservation) -> None:
        """Move to the version in *observation*: adopt it, load and swap it, or do nothing."""
        self._drop_retired()
        desired = observation.desired
        if observation.problem not in {None, self.status.registry_error}:
            logger.warning("The registry is not followed: %s", observation.problem)
        choice = self._choose(desired)
        self._publish(
            replace(
                self.status,
                desired=desired,
                registry_error=observation.problem,
                quarantine=choice.reason,
            )
        )
        target = choice.registry
        if target is None or not self._must_move(choice, target):
            return
        if self.served is not None and self.served.model.digest == target.digest:
            self._on_reload("adopted", 0.0)
            self._swap(self.served.model, target, "adopted, because its model is loaded already")
        elif self._schedule.is_due(target.digest, target.version, self._clock()):
            self._try(target)

    def _choose(self, desired: Registry | None) -> Choice:
        if desired is None or self._quarantine is None:
            return Choice(desired)
        choice = self._quarantine.choose(desired)
        if choice.reason not in {None, self.status.quarantine}:
            logger.error(choice.reason)
        return choice

    def _must_move(self, choice: Choice, target: Registry) -> bool:
        if self.served is None:
            return True
        if choice.reason is not None:
            return target.version != self.served.version
        return target.version > self.served.version

    def _try(self, desired: Registry) -> None:
        started = self._clock()
        try:
            model = self._load(desired.digest)
        except Exception as error:
            # After any error the old model stays in service.
            failure = self._schedule.record_failure(desired.digest, desired.version, self._clock())
            message = self._explain(desired, failure, error)
            self._on_reload("failed", self._clock() - started)
            if self._quarantine is not None and self.status.quarantine is not None:
                self._quarantine.reject(desired, failure.retry_at)
            self._publish(replace(self.status, load_error=message))
            logger.warning(message, exc_info=not isinstance(error, ModelgateError))
            return
        self._schedule.forget(desired.digest)
        seconds = self._clock() - started
        self._on_reload("loaded", seconds)
        self._swap(model, desired, f"loaded in {seconds:.3f} s")

    def _swap(self, model: LoadedModel, desired: Registry, how: str) -> None:
        old, new = self.served, ServedModel.create(model, desired, datetime.now(UTC))
        self._before_swap(new)
        self.served = new
        release_free_memory()
        if old is not None:
            self._retired.append((self._clock() + RETIREMENT_SECONDS, old))
        self._publish(replace(self.status, served=new, load_error=None))
        logger.info(
            "Serving version %d (%s, %s): %s",
            desired.version,
            desired.model_name,
            desired.digest,
            how,
        )

    def _drop_retired(self) -> None:
        now = self._clock()
        kept = [(until, old) for until, old in self._retired if until > now]
        if len(kept) < len(self._retired):
            self._retired = kept
            release_free_memory()

    def _explain(self, desired: Registry, failure: LoadFailure, error: Exception) -> str:
        kept = (
            f"version {self.served.version} stays in service"
            if self.served
            else "no version is served"
        )
        state = "in quarantine; " if failure.quarantined else ""
        wait = max(0.0, failure.retry_at - self._clock())
        reason = str(error) or type(error).__name__
        return (
            f"Version {desired.version} could not be loaded (attempt {failure.attempts}), {kept}; "
            f"{state}next attempt in {wait:.0f} s, or with the next version: {reason}"
        )

    def _publish(self, status: WorkerStatus) -> None:
        if status != self.status:
            self.status = status
            self._on_change()

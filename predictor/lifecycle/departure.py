"""Notice in a worker that its parent will stop it soon."""

import asyncio
from collections.abc import Callable

from predictor.supervision.worker_post import WorkerPost

_LOOK_SECONDS = 0.1
"""Seconds between two looks at what the parent says."""


class Departure:
    """The last seconds of a worker's service, as its parent announces them."""

    def __init__(self, post: WorkerPost) -> None:
        self._post = post
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_draining(self) -> bool:
        """Whether the whole predictor stops soon: it answers requests, and is not ready."""
        return self._post.records.is_draining

    def watch(self, leave: Callable[[], None]) -> None:
        """Call *leave* once, on the running event loop, when this worker will stop soon."""
        if self.is_draining or self._post.record.retires:
            leave()
        else:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_LOOK_SECONDS, self.watch, leave)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

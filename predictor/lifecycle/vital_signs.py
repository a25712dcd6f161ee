"""Find the part of a worker that is stuck: its event loop, a thread or a model call."""

import asyncio
import time

from predictor.lifecycle.call_watch import CallWatch

LOOP_BEAT_SECONDS = 0.25
"""Seconds between two signs of life of the event loop."""
_FOLLOW_SECONDS = 10.0
"""Seconds after which the thread that follows the registry counts as stuck."""
_MARGIN_SECONDS = 1.0
"""Seconds that the parent process may need to replace a worker."""


class VitalSigns:
    """The signs of life of one worker. Any thread may read them."""

    def __init__(self, watch: CallWatch, call_seconds: float, poll_seconds: float) -> None:
        self.watch = watch
        self._call_seconds = call_seconds
        self._follow_seconds = _FOLLOW_SECONDS + poll_seconds
        self._followed_at = time.monotonic()
        self._timer: asyncio.TimerHandle | None = None

    def start_loop(self) -> None:
        """Show from now on that the running event loop moves."""
        self.watch.record.loop_beat = time.monotonic()
        self._timer = asyncio.get_running_loop().call_later(LOOP_BEAT_SECONDS, self.start_loop)

    def stop_loop(self) -> None:
        """End the signs of life: the event loop ends."""
        if self._timer is not None:
            self._timer.cancel()

    def note_followed(self) -> None:
        """Note that the thread that follows the registry moves."""
        self._followed_at = time.monotonic()

    @property
    def stalled_call(self) -> str | None:
        """A message if a model call takes so long that predictions wait for it."""
        seconds = self.watch.longest_call()
        if seconds <= self._call_seconds / 2:
            return None
        return (
            f"A model call has run for {seconds:.1f} s, and predictions wait for it. "
            f"After {self._call_seconds:g} s this worker is replaced."
        )

    @property
    def standstill(self) -> str | None:
        """A message if a part of the worker is stuck, so that it writes no heartbeats."""
        seconds = time.monotonic() - self._followed_at
        if seconds <= self._follow_seconds or self.watch.is_loading():
            return self.serving_standstill
        return self.serving_standstill or f"the registry has not been read for {seconds:.0f} s."

    @property
    def serving_standstill(self) -> str | None:
        """A message if a part that answers requests is stuck, so that only a new process helps.

        The thread that follows the registry does not count, because it waits for the volume. A
        worker serves from memory meanwhile, but a new one could not load its model.
        """
        now, beat = time.monotonic(), self.watch.record.loop_beat
        limit = self._call_seconds + _MARGIN_SECONDS
        if self.watch.longest_call() > limit:
            return f"a model call has run for more than {limit:g} s."
        if beat and now - beat > limit:
            return f"the event loop has not moved for {now - beat:.0f} s."
        return None

"""Measure from the parent for how long a worker's calls and its event loop have been stuck."""

from predictor.supervision.shared_records import WorkerRecord

LOOP = -1
"""The key of the event loop; the other keys are lanes with calls."""


class Stopwatch:
    """Adds up the seconds for which each call of a worker has been the same one.

    A pause of the whole predictor counts as one step: a stopped container or a sleeping machine
    is not a slow model.
    """

    def __init__(self, record: WorkerRecord, longest_step: float) -> None:
        self._record = record
        self._longest = longest_step
        self._seen: dict[int, tuple[float, float]] = {}

    def look(self, elapsed: float) -> dict[int, float]:
        """Return the age of each call, and of LOOP, *elapsed* seconds after the last look."""
        step = min(elapsed, self._longest)
        now = dict(self._record.running())
        if beat := self._record.loop_beat:
            now[LOOP] = beat
        seen = {}
        for lane, began in now.items():
            before, age = self._seen.get(lane, (None, 0.0))
            seen[lane] = (began, age + step if before == began else 0.0)
        self._seen = seen
        return {lane: age for lane, (_, age) in seen.items()}

"""`python -m bench.live.uncounted_predictor`: a predictor without live counts.

They have no switch. The benchmark compares with this program to measure what they cost.
"""

import sys

from predictor.supervision.supervisor import Supervisor
from predictor.supervision.worker_post import WorkerPost


def _run_worker(post: WorkerPost) -> int:
    from predictor.live.live_counter import LiveCounter  # noqa: PLC0415 - for workers only
    from predictor.live.live_writer import LiveWriter  # noqa: PLC0415 - as above
    from predictor.worker_start import run_worker  # noqa: PLC0415 - as above

    for method in ("serve", "count_replies", "count_rows"):
        setattr(LiveCounter, method, _do_nothing)
    setattr(LiveWriter, "start", _do_nothing)  # noqa: B010 - a type checker refuses the other form
    return run_worker(post)


def _do_nothing(*_arguments: object) -> None:
    """Take the place of a method that counts."""


if __name__ == "__main__":
    sys.exit(Supervisor(_run_worker, int(sys.argv[-1])).run())

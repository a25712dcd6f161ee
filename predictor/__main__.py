"""`python -m predictor`: watch worker processes, which check their settings and serve.

This process imports little, so that it starts at once and stays small.
"""

import argparse
import sys

from predictor.supervision.supervisor import Supervisor
from predictor.supervision.worker_post import WorkerPost


def main() -> int:
    """Run the predictor and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m predictor", description="Serve predictions. Settings: docs/operations.md"
    )
    parser.add_argument(
        "--end-with-parent", type=int, metavar="PID", help="exit when the parent process PID exits"
    )
    return Supervisor(_run_worker, parser.parse_args().end_with_parent).run()


def _run_worker(post: WorkerPost) -> int:
    from predictor.worker_start import run_worker  # noqa: PLC0415 - for workers, not their parent

    return run_worker(post)


if __name__ == "__main__":
    sys.exit(main())

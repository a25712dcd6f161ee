"""`python -m bench.sections.promoter STORE PAUSES`: promote the models of a store in turn.

A process of its own, so that committing does not slow down whoever watches the answers.
PAUSES is a JSON list: seconds to wait before each promotion.
"""

import json
import sys
import time
from pathlib import Path

from bench.sections.convergence import promote_the_other
from shared.store.store import open_store


def main() -> None:
    """Print the moment of each commit on the monotonic clock, as one JSON list."""
    store = open_store(Path(sys.argv[1]))
    commits = []
    for pause in json.loads(sys.argv[2]):
        time.sleep(pause)
        promote_the_other(store)
        commits.append(time.monotonic())
    time.sleep(1.0)  # so that the last version answers too
    sys.stdout.write(json.dumps(commits))


if __name__ == "__main__":
    main()

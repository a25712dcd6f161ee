"""`python -m bench.sections.promoter STORE PAUSES`: promote the models of a store in turn.

It is a separate process, so that commits do not slow down the load generator.
PAUSES is a JSON list: the seconds to wait before each promotion.
"""

import json
import sys
import time
from pathlib import Path

from bench.sections.convergence import promote_the_other
from shared.store.store import open_store


def main() -> None:
    """Print the times of all commits on the monotonic clock, as a JSON list."""
    store = open_store(Path(sys.argv[1]))
    commits = []
    for pause in json.loads(sys.argv[2]):
        time.sleep(pause)
        promote_the_other(store)
        commits.append(time.monotonic())
    time.sleep(1.0)  # so that the last version is measured too
    sys.stdout.write(json.dumps(commits))


if __name__ == "__main__":
    main()

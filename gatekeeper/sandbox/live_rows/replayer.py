"""`python -m gatekeeper.sandbox.live_rows.replayer PARENT`: let one model answer logged rows.

Its messages are in `gatekeeper.evidence.live_requests` and `live_results`.
"""

import sys
import time

import numpy as np

from gatekeeper.evidence.live_requests import ReplayRequest
from gatekeeper.evidence.live_results import ReplayResult
from gatekeeper.sandbox.child_main import Observer, observe_nothing, serve_one_request
from gatekeeper.sandbox.live_rows.answers_file import map_answers
from gatekeeper.sandbox.live_rows.careful_answers import answer_rows
from gatekeeper.sandbox.live_rows.log_reading import LogChangedError, read_live_rows
from gatekeeper.sandbox.live_rows.usable_rows import encode_live_rows
from shared.errors import ModelgateError
from shared.inference.build import build_servable
from shared.store.models import read_model

_SHARE = 0.7
"""The share of the time limit in which a model answers; the rest is for the answers' way back."""


def replay(request: ReplayRequest, observe: Observer = observe_nothing) -> ReplayResult:
    """Answer the logged rows; report an error in the result if that cannot begin.

    *observe* gets the rows that were tried, and all rows.
    """
    until = time.monotonic() + _SHARE * request.seconds
    try:
        live = read_live_rows(request.log)
        model = read_model(request.model_directory, request.digest)
        encoded = encode_live_rows(live.rows, model.artefact)
        table = map_answers(request.answers, len(live.rows), model.artefact)
        table[1:, 0] = encoded.states
        if time.monotonic() >= until:
            return ReplayResult(error="Reading it took too long. See GATEKEEPER_REPLAY_ROWS.")
        servable = build_servable(model, allow_joblib=request.allow_joblib)
    except MemoryError:
        return ReplayResult(
            error=f"Reading it needs more than {request.memory_mib} MiB of memory. "
            "See GATEKEEPER_EVALUATION_MEMORY_MIB."
        )
    except (ModelgateError, OSError) as error:
        return ReplayResult(error=str(error), has_changed=isinstance(error, LogChangedError))
    table[0, 0] = len(live.rows)  # from here on, a failure is the model's
    usable = np.flatnonzero(encoded.is_usable)
    answers = np.array(table[1:][usable])
    answer_rows(servable, model.artefact, encoded.rows[usable], answers, until, observe=observe)
    table[1 + usable] = answers
    return ReplayResult()


def main(parent: int) -> None:
    """Serve the one request of this process, whose parent is *parent*."""
    serve_one_request(ReplayRequest, replay, parent)


if __name__ == "__main__":
    main(int(sys.argv[1]))

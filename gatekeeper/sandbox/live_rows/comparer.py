"""`python -m gatekeeper.sandbox.live_rows.comparer PARENT`: compare answers to logged rows.

This process runs no model. It reads the prediction log, and the answers of the models' processes.
"""

import sys

import numpy as np

from gatekeeper.evidence.live_requests import ComparedModel, LiveComparisonRequest
from gatekeeper.evidence.live_results import FailedRows, LabelledScores, LiveResult
from gatekeeper.sandbox.child_main import Observer, observe_nothing, serve_one_request
from gatekeeper.sandbox.live_rows.answers_file import (
    NOT_FINITE,
    RAISED,
    REFUSED,
    UNREADABLE,
    UNTRIED,
    Answers,
    read_answers,
)
from gatekeeper.sandbox.live_rows.changed_answers import find_changes
from gatekeeper.sandbox.live_rows.labelled_scores import score_labelled
from gatekeeper.sandbox.live_rows.log_reading import LiveRows, LogChangedError, read_live_rows
from gatekeeper.sandbox.live_rows.reproduced_answers import count_reproduced
from gatekeeper.sandbox.live_rows.row_kinds import LiveTable, Mask, name_common_kind
from gatekeeper.sandbox.live_rows.usable_rows import encode_live_rows
from shared.errors import ModelgateError, StoreError
from shared.inference.missing_values import list_features
from shared.prediction_log.logged_row import LoggedRow
from shared.store.models import read_artefact
from shared.text import shorten

_FAILED = (REFUSED, RAISED, NOT_FINITE)


def compare_live(request: LiveComparisonRequest, observe: Observer = observe_nothing) -> LiveResult:
    """Compare both models on logged rows; report an error in the result.

    *observe* gets the resamples of the score difference that are drawn, and all of them.
    """
    try:
        return _compare(request, observe)
    except MemoryError:
        return LiveResult(
            error=f"Reading it needs more than {request.memory_mib} MiB of memory. "
            "See GATEKEEPER_EVALUATION_MEMORY_MIB."
        )
    except (ModelgateError, OSError, ValueError) as error:
        return LiveResult(error=str(error), has_changed=isinstance(error, LogChangedError))


def _compare(request: LiveComparisonRequest, observe: Observer) -> LiveResult:
    live = read_live_rows(request.log)
    challenger = _read(request.challenger, live)
    usable = encode_live_rows(live.rows, challenger.artefact)
    table = LiveTable(live.rows, usable.rows, list_features(challenger.artefact))
    states = challenger.states
    found = LiveResult(
        rows=len(live.rows),
        unreadable=int((states == UNREADABLE).sum()),
        untried=int((states == UNTRIED).sum()),
        answered=int(challenger.is_answered.sum()),
    )
    if request.champion is None:
        return found.model_copy(update={"failed": _describe_failed(table, challenger)})
    champion = _read(request.champion, live)
    if request.log.only_labelled:
        labelled = _score_labelled(request, live, challenger, champion, observe)
        return found.model_copy(update={"labelled": labelled})
    changes = {
        "failed": _describe_failed(table, challenger, champion),
        "changed": find_changes(table, challenger, champion, request.least_slice_rows),
        "reproduced": count_reproduced(live.rows, {*request.champion_versions}, champion),
        "labelled": _score_labelled(request, live, challenger, champion, observe),
    }
    return found.model_copy(update=changes)


def _read(model: ComparedModel, live: LiveRows) -> Answers:
    artefact = read_artefact(model.directory, model.digest)
    return read_answers(model.answers, len(live.rows), artefact)


def _describe_failed(
    table: LiveTable, challenger: Answers, champion: Answers | None = None
) -> FailedRows:
    """Count the rows that the challenger did not answer, and name what they have in common.

    A row that *champion* fails for too does not count. One that it did not try counts.
    """
    states = challenger.states
    is_failed = np.isin(states, _FAILED)
    both = 0
    if champion is not None:
        is_shared = is_failed & np.isin(champion.states, (*_FAILED, UNREADABLE))
        both, is_failed = int(is_shared.sum()), is_failed & ~is_shared
    if not is_failed.any():
        return FailedRows(both=both)
    is_tried = is_failed | challenger.is_answered
    tried = LiveTable(_select(table, is_tried), table.rows[is_tried], table.features)
    refused = encode_live_rows(_select(table, is_failed), challenger.artefact).refused
    return FailedRows(
        raised=int((states[is_failed] == RAISED).sum()),
        not_finite=int((states[is_failed] == NOT_FINITE).sum()),
        refused=int((states[is_failed] == REFUSED).sum()),
        refused_column=shorten(max(refused, key=refused.__getitem__, default="")),
        kind=name_common_kind(tried, is_failed[is_tried]),
        both=both,
    )


def _select(table: LiveTable, mask: Mask) -> list[LoggedRow]:
    return [row for row, is_one in zip(table.logged, mask.tolist(), strict=True) if is_one]


def _score_labelled(
    request: LiveComparisonRequest,
    live: LiveRows,
    challenger: Answers,
    champion: Answers,
    observe: Observer,
) -> LabelledScores | None:
    """Score the rows with labels; None if there are none. Damaged hashes become an error."""
    if all(label is None for label in live.labels):
        return None
    try:
        return score_labelled(request, live, challenger, champion, observe)
    except (StoreError, OSError) as error:
        return LabelledScores(labelled=0, error=f"The hashes of rows cannot be read: {error}")


def main(parent: int) -> None:
    """Serve the one request of this process, whose parent is *parent*."""
    serve_one_request(LiveComparisonRequest, compare_live, parent)


if __name__ == "__main__":
    main(int(sys.argv[1]))

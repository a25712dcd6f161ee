"""Score production by the labels of its rows.

`python -m gatekeeper.sandbox.live_score.live_scorer PARENT` starts it.
This process lives on and answers one request after another, so that it reads an unchanged segment
of the log only once. It loads no model: the log has the predictions. Its messages are in
`gatekeeper.evidence.live_score_messages`; `gatekeeper.live_score.scorer_process` is the parent.
"""

import sys
import time
from collections.abc import Mapping, Sequence

import numpy as np

from gatekeeper.evidence.child_messages import encode_message
from gatekeeper.evidence.live_score_messages import (
    LiveScoreRequest,
    LiveScoreResult,
    VersionScore,
    VersionToScore,
)
from gatekeeper.sandbox.child_main import own_standard_output
from gatekeeper.sandbox.live_score.logged_predictions import (
    LoggedPredictions,
    read_logged_predictions,
)
from gatekeeper.sandbox.resource_limits import exit_with_parent
from gatekeeper.statistics.row_groups import RowGroups
from gatekeeper.statistics.score_intervals import find_interval
from shared.container.resource_limits import limit_memory
from shared.contract.layout import StoreLayout
from shared.errors import ModelgateError
from shared.prediction_log.label import LabelValue
from shared.prediction_log.labelled_rows import LabelledRows, choose_usable, find_labelled_lines
from shared.prediction_log.newest_labels import read_newest_labels
from shared.prediction_log.segment_index import SegmentIndex
from shared.prediction_log.segments import list_oversized_segments
from shared.scoring.costs import make_table
from shared.scoring.scorer_names import NEG_COST
from shared.scoring.scorers import score
from shared.text import join_some, quote, shorten

LABEL_BYTES = 64 << 20
"""The most bytes of labels that are read: about 700,000 labels, in 400 MB of memory."""
MIN_ROWS = 100
"""The fewest labelled rows that are scored; with fewer rows the interval is often wrong."""


class LiveScorer:
    """The scores of versions by the labels in a store, with what it knows of the log."""

    def __init__(self) -> None:
        self._index = SegmentIndex()

    def respond(self, request: LiveScoreRequest) -> LiveScoreResult:
        """Score all versions. A failure becomes the reason why a version has no score."""
        before, is_temporary = time.process_time(), False
        try:
            layout = StoreLayout(request.store)
            labels = read_newest_labels(layout, LABEL_BYTES)
            left_out = {"oversized_segments": len(list_oversized_segments(layout))}
            scored = (self._score(each, request, labels) for each in request.versions)
            found = [each.model_copy(update=left_out) for each in scored]
        except MemoryError:
            self._index = SegmentIndex()
            problem = (
                f"The labelled rows need more than {request.memory_mib} MiB of memory. Increase "
                "GATEKEEPER_EVALUATION_MEMORY_MIB, or set GATEKEEPER_LIVE_SCORE_ROWS to fewer rows."
            )
            found = [_without(each, problem) for each in request.versions]
        except (ModelgateError, OSError) as error:
            problem, is_temporary = f"The labelled rows cannot be read now: {error}", True
            found = [_without(each, problem) for each in request.versions]
        except Exception as error:  # noqa: BLE001 - our defect must not end the process
            problem = f"The gatekeeper has a defect: {type(error).__name__}: {error}"
            found = [_without(each, problem) for each in request.versions]
        seconds = time.process_time() - before
        return LiveScoreResult(versions=tuple(found), seconds=seconds, is_temporary=is_temporary)

    def _score(
        self,
        asked: VersionToScore,
        request: LiveScoreRequest,
        labels: Mapping[str, LabelValue],
    ) -> VersionScore:
        lines = find_labelled_lines(
            StoreLayout(request.store), labels, request.most, asked.version, self._index
        )
        usable = choose_usable(lines, asked.classes)
        found = read_logged_predictions(usable, asked.classes)
        counted = _without(asked, None).model_copy(
            update={
                "rows": len(found.truth),
                "unusable": usable.unusable + found.unusable,
                "unusable_note": _describe_unusable(usable, found.unusable, asked.classes),
            }
        )
        problem = _find_problem(found, asked.classes, bool(lines))
        if problem is not None:
            return counted.model_copy(update={"problem": problem})
        try:
            return counted.model_copy(update=_measure(found, asked.classes, request))
        except ModelgateError as error:
            return counted.model_copy(update={"problem": f"{error}"[:500]})


def _measure(
    found: LoggedPredictions, classes: Sequence[str], request: LiveScoreRequest
) -> dict[str, float]:
    """Return the score and its interval by the fields of the result."""
    costs = make_table(request.costs, classes) if request.metric == NEG_COST else None
    value = score(request.metric, found.truth, found.predictions, len(classes), costs)
    interval = find_interval(
        request.metric,
        found.truth,
        found.predictions,
        classes=len(classes),
        costs=costs,
        groups=RowGroups.find(found.ids),
    )
    if interval is None:
        return {"value": value}
    return {"value": value, "low": interval[0], "high": interval[1]}


def _find_problem(found: LoggedPredictions, classes: Sequence[str], has_labels: bool) -> str | None:
    """Return why the rows cannot be scored; None if they can."""
    rows = len(found.truth)
    if not has_labels:
        return "None of its logged rows has a label."
    if rows < MIN_ROWS:
        return f"It has {rows} labelled rows that can be used; a score needs at least {MIN_ROWS}."
    if classes and len(named := np.unique(found.truth)) == 1:
        name = _name([classes[int(named[0])]])
        return f"All {rows:,} labels are {name}; a score needs labels of at least two classes."
    return None


def _describe_unusable(found: LabelledRows, answers: int, classes: Sequence[str]) -> str | None:
    """Return a sentence about the labels that are left out, and one about *answers* of rows."""
    sentences = [_describe_labels(found, classes)] if found.unusable else []
    if answers == 1:
        sentences.append("The logged answer of another row is not one that its model gives.")
    elif answers:
        sentences.append(f"Logged answers of {answers:,} further rows are not those of its model.")
    return " ".join(sentences) or None


def _describe_labels(found: LabelledRows, classes: Sequence[str]) -> str:
    expected = f"one of its classes: {_name(classes)}" if classes else "finite numbers"
    label = quote(str(found.unusable_label))
    if found.unusable == 1:
        return f"The label {label} of another row is not {expected.replace('numbers', 'number')}."
    return f"Labels of {found.unusable:,} further rows, such as {label}, are not {expected}."


def _name(classes: Sequence[str]) -> str:
    return join_some([shorten(name) for name in classes], 5)


def _without(asked: VersionToScore, problem: str | None) -> VersionScore:
    return VersionScore(version=asked.version, problem=problem)


def main(parent: int) -> None:
    """Answer each request line of standard input until it ends. *parent* is the parent's id."""
    channel = own_standard_output()
    exit_with_parent(parent)
    scorer, is_limited = LiveScorer(), False
    for line in sys.stdin.buffer:
        request = LiveScoreRequest.model_validate_json(line)
        if not is_limited:
            limit_memory(request.memory_mib)
            is_limited = True
        channel.write(encode_message(scorer.respond(request)))
        channel.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))

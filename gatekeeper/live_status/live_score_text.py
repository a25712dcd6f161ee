"""The live score of a version for people, beside the score that the gate had promised."""

from collections.abc import Iterator
from typing import Literal

from gatekeeper.evidence.live_score_messages import VersionScore
from gatekeeper.live_score.score_board import ScoreBoard
from gatekeeper.live_status.bodies import LiveVersionScore
from shared.contract.documents import Registry
from shared.metric_text import is_error, name_metric, show_score
from shared.prediction_log.segments import MAX_SEGMENT_BYTES

NOT_YET = "The labelled rows are not scored yet."
Comparison = Literal["below", "inside", "above"]


def show_live_score(board: ScoreBoard, registry: Registry) -> LiveVersionScore:
    """Return the live score of the version in *registry*."""
    known = board.scores.get(registry.version)
    found = known.found if known else VersionScore(version=registry.version)
    problem = found.problem
    if known is None:
        problem = board.problem or NOT_YET
    promised = registry.metrics.get(board.metric)
    return LiveVersionScore(
        metric=board.metric,
        value=found.value,
        low=found.low,
        high=found.high,
        rows=found.rows,
        unusable=found.unusable,
        oversized_segments=found.oversized_segments,
        promised=promised,
        comparison=_compare(found, promised),
        computed_at=known.computed_at if known else None,
        problem=problem,
        sentence=" ".join(_describe(board.metric, found, promised, problem)),
    )


def show_briefly(score: LiveVersionScore) -> str | None:
    """Return the score and its interval for one line, such as `live f1 0.97 (0.96 to 0.98)`."""
    if score.value is None:
        return None
    text = f"live {name_metric(score.metric)} {show_score(score.metric, score.value)}"
    interval = show_interval(score)
    return f"{text} ({interval})" if interval else text


def show_interval(score: LiveVersionScore) -> str:
    """Return both ends as people see them, such as `0.96 to 0.98`; empty without an interval."""
    return " to ".join(_order(score.metric, score.low, score.high))


def _compare(found: VersionScore, promised: float | None) -> Comparison | None:
    if found.low is None or found.high is None or promised is None:
        return None
    return "below" if promised < found.low else "above" if promised > found.high else "inside"


def _describe(
    metric: str, found: VersionScore, promised: float | None, problem: str | None
) -> Iterator[str]:
    if found.value is None:
        yield f"v{found.version} has no live score. {problem}"
    else:
        shown = f"{name_metric(metric)} {show_score(metric, found.value)}"
        measured = f"v{found.version} has {shown} on {found.rows:,} labelled rows"
        interval = _order(metric, found.low, found.high)
        if interval:
            low, high = interval
            yield (
                f"{measured}; on other rows of this kind it is likely to be between {low} and "
                f"{high}."
            )
        else:
            yield f"{measured}, which are too equal to show how far it may vary."
        yield _describe_promise(metric, promised, _compare(found, promised))
    if found.unusable_note:
        yield found.unusable_note
    if found.oversized_segments:
        yield (
            f"Files of rows or labels with more than {MAX_SEGMENT_BYTES >> 20} MiB that are left "
            f"out: {found.oversized_segments}. `make fsck` names them."
        )


def _describe_promise(metric: str, promised: float | None, comparison: Comparison | None) -> str:
    if promised is None:
        return "The gate decided by another metric, so there is no score to compare it with."
    gate = f"The gate's score on the holdout, {show_score(metric, promised)},"
    if comparison is None:
        return f"{gate} cannot be compared with it."
    if comparison == "inside":
        return f"{gate} is inside this interval."
    place = comparison
    if is_error(metric):
        place = "below" if comparison == "above" else "above"
    kind = "worse" if comparison == "above" else "better"
    return f"{gate} is {place} this interval: the model does {kind} on these rows than there."


def _order(metric: str, low: float | None, high: float | None) -> list[str]:
    """Return both ends as people see them, the lower number first; empty without an interval."""
    if low is None or high is None:
        return []
    ends = (high, low) if is_error(metric) else (low, high)
    return [show_score(metric, each) for each in ends]

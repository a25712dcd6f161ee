"""The page of live counts: the numbers, the charts and one page of features."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field

from gatekeeper.api.http_bodies import empty_to_none
from gatekeeper.live_status.bodies import MAX_LABEL, LiveFeature, LiveStatus, LiveVersion
from gatekeeper.live_status.live_score_text import show_interval
from gatekeeper.live_status.time_range import RangeName, TimeRange
from gatekeeper.pages.live.distribution_chart import DistributionChart, draw_distribution
from gatekeeper.pages.live.number_text import show_seconds, show_start
from gatekeeper.pages.live.prediction_charts import collect_predictions, draw_predictions
from gatekeeper.pages.live.request_charts import draw_requests, find_marks

FEATURES_PER_PAGE = 30
TITLES: dict[RangeName, str] = {"hour": "Hour", "day": "Day", "month": "30 days"}
_PARTS = {
    "values": "its values drift",
    "missing": "its missing values drift",
    "unseen": "its unseen categories drift",
}


class LivePageQuery(BaseModel, extra="forbid"):
    """The time that is shown, and which features."""

    range: RangeName = "day"
    find: Annotated[
        Annotated[str, Field(max_length=MAX_LABEL)] | None, BeforeValidator(empty_to_none)
    ] = None
    first: Annotated[int, Field(ge=1, le=2**31)] = 1


@dataclass(frozen=True)
class Tile:
    """A number about production, with its title."""

    title: str
    value: str
    note: str = ""
    is_bad: bool = False


@dataclass(frozen=True)
class FeatureCard:
    """One feature with its chart."""

    feature: LiveFeature
    chart: DistributionChart
    drift: list[str]


def live_context(status: LiveStatus, query: LivePageQuery) -> dict[str, Any]:
    """Return what live.html needs."""
    step = timedelta(seconds=status.step_seconds)
    span = TimeRange(status.range, status.since, status.until, step)
    marks = find_marks(status)
    found = [
        feature
        for feature in status.features
        if query.find is None or query.find.casefold() in feature.name.casefold()
    ]
    shown = found[query.first - 1 : query.first - 1 + FEATURES_PER_PAGE]
    predictions = draw_predictions(status, span, marks) if status.range != "hour" else None
    return {
        "status": status,
        "query": query,
        "titles": TITLES,
        "tiles": _make_tiles(status.versions[0]) if status.versions else [],
        "has_requests": any(version.requests for version in status.versions),
        "scored": [each for each in status.versions if each.live_score.value is not None],
        "score_sentences": _describe_scores(status.versions),
        "figures": draw_requests(status, span, marks),
        "predictions": predictions[0] if predictions else None,
        "groups": predictions[1] if predictions else [],
        "prediction_rows": collect_predictions(status),
        "prediction_chart": _draw(status, "predictions"),
        "probability_chart": _draw(status, "probabilities"),
        "prediction_drift": [part for part in status.drift.drifted if part.feature is None],
        "drifting": sum(bool(feature.drift) for feature in status.features),
        "cards": [_make_card(feature) for feature in shown],
        "matching": len(found),
        "next": query.first + len(shown) if query.first - 1 + len(shown) < len(found) else None,
        "show_interval": show_interval,
        "per_page": FEATURES_PER_PAGE,
        "show_seconds": show_seconds,
        "show_start": lambda start: show_start(start, status.range),
    }


def _describe_scores(versions: Sequence[LiveVersion]) -> list[str]:
    """Return a sentence for each version, or one if all lack a score for the same reason."""
    scores = [each.live_score for each in versions]
    problems = {score.problem for score in scores}
    if len(scores) > 1 and len(problems) == 1 and not any(score.unusable for score in scores):
        (problem,) = problems
        if problem is not None:
            return [f"Neither version has a live score. {problem}"]
    return [score.sentence for score in scores]


def _draw(status: LiveStatus, name: str) -> DistributionChart | None:
    found = getattr(status, name)
    return draw_distribution(found) if found is not None else None


def _make_card(feature: LiveFeature) -> FeatureCard:
    drift = [
        f"{_PARTS[part.part]}: stability index {part.stability_index:.2f}"
        for part in feature.drift
        if part.part in _PARTS
    ]
    return FeatureCard(feature, draw_distribution(feature), drift)


def _make_tiles(version: LiveVersion) -> list[Tile]:
    share = f"{100 * version.failed / version.requests:.2g} %" if version.failed else ""
    return [
        Tile("Requests", f"{version.requests:,}"),
        Tile("Failed", f"{version.failed:,}", share, is_bad=version.failed > 0),
        Tile("Rejected", f"{version.rejected:,}", "mistakes of clients"),
        Tile("Rows", f"{version.rows:,}", _note_counted(version)),
        Tile("Median latency", show_seconds(version.p50_seconds)),
        Tile("95th percentile", show_seconds(version.p95_seconds)),
    ]


def _note_counted(version: LiveVersion) -> str:
    if version.counted_rows == version.rows:
        return ""
    return f"{version.counted_rows:,} of them are counted below"

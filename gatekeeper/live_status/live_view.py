"""The view of production in a range of time, from live counts, references and drift.json."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from gatekeeper.live.live_history import LiveHistory
from gatekeeper.live.version_sum import Shape, VersionSum, add_sums
from gatekeeper.live_score.score_board import ScoreBoard
from gatekeeper.live_score.scored_versions import choose_versions
from gatekeeper.live_status.bodies import (
    HealthLine,
    LiveDrift,
    LivePromotion,
    LiveStatus,
    LiveVersion,
)
from gatekeeper.live_status.distributions import (
    compare_bins,
    compare_features,
    compare_probabilities,
)
from gatekeeper.live_status.hour_sums import HourSums, Step
from gatekeeper.live_status.live_score_text import show_live_score
from gatekeeper.live_status.served_models import ServedModel, ServedModels
from gatekeeper.live_status.time_range import RangeName, TimeRange, choose_range
from gatekeeper.live_status.versions import describe_version
from shared.contract.documents import Decision, Registry
from shared.store.store import ModelStore

MAX_PROMOTIONS = 100
_NOT_IN_PRODUCTION = "Nothing is in production yet."


@dataclass(frozen=True)
class _Compared:
    """The counts of production that its reference can be compared with, and the others."""

    sums: Sequence[VersionSum]
    other_rows: int


class LiveView:
    """The view of a store, for any thread."""

    def __init__(self, store: ModelStore, history: LiveHistory, board: ScoreBoard) -> None:
        self._history = history
        self._board = board
        self._models = ServedModels(store)
        self._sums = HourSums()

    def describe(
        self,
        name: RangeName,
        now: datetime,
        decisions: Sequence[Decision],
        drift: LiveDrift,
        health: HealthLine,
    ) -> LiveStatus:
        """Describe production in the range that ends now; *decisions* are the log, oldest first."""
        span = choose_range(name, now)
        begin = span.since.replace(minute=0)
        hours = self._history.hours(begin, span.until)
        served = choose_versions(decisions)
        registry = served[0] if served else None
        versions = list[LiveVersion]()
        model = ServedModel(None, None, None, _NOT_IN_PRODUCTION)
        compared = _Compared((), 0)
        for each in served:
            steps = self._sums.find_steps(each.version, span, hours)
            found = self._models.find(each.digest)
            score = show_live_score(self._board, each)
            versions.append(
                describe_version(each.version, span, steps, hours, model=found, live_score=score)
            )
            if each is registry:
                model, compared = found, _compare(steps, found)
        live = next(iter(compared.sums), None)
        reference, artefact = model.reference, model.artefact
        return LiveStatus(
            range=name,
            since=span.since,
            until=span.until,
            step_seconds=round(span.step.total_seconds()),
            health=health,
            version=registry.version if registry else None,
            model_name=registry.model_name if registry else None,
            versions=versions,
            promotions=_find_promotions(decisions, span),
            not_compared=model.problem,
            predictions=compare_bins(reference.predictions, live.predictions if live else ())
            if reference
            else None,
            probabilities=compare_probabilities(
                reference.probabilities, live.probabilities if live else ()
            )
            if reference
            else None,
            features=compare_features(
                artefact.features,
                reference.features,
                live.features if live else (),
                drift.drifted if registry and drift.version == registry.version else (),
            )
            if reference and artefact
            else [],
            drift=drift,
            notes=[*_note_others(compared, registry), *self._history.left_out[:20]],
        )


def _compare(steps: Sequence[Step], model: ServedModel) -> _Compared:
    """Divide the sums into those in the bins of the model's reference, and all others."""
    if model.reference is None:
        return _Compared((), 0)
    shape = Shape(
        model.reference.predictions.size,
        len(model.reference.probabilities),
        tuple(bins.size for bins in model.reference.features),
    )
    ours, others = list[VersionSum](), 0
    for each in (each for step in steps for each in step.sums):
        key = each.key
        if key.reference == model.sha256 and key.shape == shape:
            ours.append(each)
        else:
            others += each.counted_rows
    return _Compared(add_sums(ours), others)


def _find_promotions(decisions: Sequence[Decision], span: TimeRange) -> list[LivePromotion]:
    newest_first = (
        (each, each.registry)
        for each in reversed(decisions)
        if each.registry and span.since <= each.decided_at < span.until
    )
    found = [*islice(newest_first, MAX_PROMOTIONS)]
    return [
        LivePromotion(
            version=registry.version,
            decision=each.number,
            at=each.decided_at,
            outcome=each.outcome,
        )
        for each, registry in reversed(found)
    ]


def _note_others(compared: _Compared, registry: Registry | None) -> list[str]:
    if not compared.other_rows or registry is None:
        return []
    rows = f"{compared.other_rows:,} rows of v{registry.version}"
    return [f"{rows} are counted in the bins of another reference, so no feature shows them."]

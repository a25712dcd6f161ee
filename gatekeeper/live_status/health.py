"""One line about production: all is well, or the list of what is not."""

from collections.abc import Iterator
from dataclasses import dataclass

from gatekeeper.live_status.bodies import HealthLine, LiveDrift
from shared.text import join_some

FAILING_SHARE = 0.01
"""The share of failed requests in the last hours from which the line names them."""


@dataclass(frozen=True)
class HealthFacts:
    """The facts that the line is made of."""

    version: int | None
    """The version in production."""
    last_error: str | None
    """Why candidates cannot be decided now."""
    live: int
    """Live workers."""
    serving: int
    """Live workers that serve the version in production."""
    failing: int
    """Live workers that report an error and do not serve it."""
    quarantined: int
    is_judged: bool
    """False while the gatekeeper does not know yet which workers are alive."""
    requests: int
    """Requests in this hour of UTC and the one before."""
    failed: int
    drift: LiveDrift
    live_score: str | None = None
    """The score by labels in a few words, or None."""


def describe_health(facts: HealthFacts) -> HealthLine:
    """Return the line."""
    problems = list(_find_problems(facts))
    score = f"{facts.live_score[0].upper()}{facts.live_score[1:]}." if facts.live_score else None
    sentence = f"Attention: {' '.join(problems)}" if problems else _say_healthy(facts)
    if problems and score:
        sentence = f"{sentence} {score}"
    return HealthLine(healthy=not problems, sentence=sentence, problems=problems, live_score=score)


def _find_problems(facts: HealthFacts) -> Iterator[str]:
    if facts.last_error:
        yield f"Candidates cannot be decided now: {facts.last_error}"
    if facts.version is None:
        yield "Nothing is in production yet."
        return
    name = f"v{facts.version}"
    if not facts.live and facts.is_judged:
        yield "No worker of the predictor is live."
    if facts.failing:
        yield f"{facts.failing} of {facts.live} workers cannot load {name}."
    if facts.quarantined:
        yield f"{name} is in quarantine on {facts.quarantined} of {facts.live} workers."
    if facts.failed and facts.failed >= FAILING_SHARE * facts.requests:
        share = f"{100 * facts.failed / facts.requests:.2g} %"
        yield f"{facts.failed:,} of the last {facts.requests:,} requests failed ({share})."
    yield from _describe_drift(facts)


def _describe_drift(facts: HealthFacts) -> Iterator[str]:
    drifted = facts.drift.drifted if facts.drift.version == facts.version else []
    features = list(dict.fromkeys(part.feature for part in drifted if part.feature is not None))
    if features:
        drift = "feature drifts" if len(features) == 1 else "features drift"
        yield f"{len(features)} {drift}: {join_some(features, 3)}."
    if any(part.feature is None for part in drifted):
        yield "The predictions drift."


def _say_healthy(facts: HealthFacts) -> str:
    serving = f"v{facts.version} serves on {facts.serving} of {facts.live} live workers"
    plural = "" if facts.requests == 1 else "s"
    requests = f"{facts.requests:,}" if facts.requests else "no"
    checked = "no drift" if facts.drift.not_checked is None else "drift is not checked yet"
    score = f"; {facts.live_score}" if facts.live_score else ""
    return f"Healthy: {serving}; {requests} request{plural} in the last hours; {checked}{score}."

"""What is in production, as a challenger meets it."""

import math
from dataclasses import replace

from gatekeeper.evaluation.transient_errors import is_transient
from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.facts import Champion
from gatekeeper.policy.comparability import why_not_comparable
from shared.contract.documents import Artefact, Manifest, Registry
from shared.errors import StoreError
from shared.store.models import read_artefact
from shared.store.store import ModelStore


def find_champion(
    store: ModelStore, registry: Registry, metric: str, manifest: Manifest, challenger: Artefact
) -> Champion:
    """The model in production; `why_not_scored` says why it cannot be scored, if so."""
    champion = Champion(
        version=registry.version,
        digest=registry.digest,
        recorded_score=registry.metrics.get(metric),
        score=None,
    )
    if champion.digest == manifest.digest:
        return replace(champion, artefact=challenger)
    try:
        artefact = read_artefact(store.models.directory(registry.digest), registry.digest)
    except (StoreError, OSError) as error:
        if is_transient(error):
            raise
        return replace(champion, why_not_scored=f"its files are damaged: {error}")
    return replace(
        champion, artefact=artefact, why_not_scored=why_not_comparable(artefact, challenger, metric)
    )


def add_score(champion: Champion, evaluation: ScoringResult) -> Champion:
    """The same champion after it was scored, or after that has failed."""
    if evaluation.errors:
        return replace(
            champion, why_not_scored=f"it failed: {' '.join(evaluation.errors.values())}"
        )
    if evaluation.score is None or not math.isfinite(evaluation.score):
        return replace(champion, why_not_scored=f"its score is {evaluation.score}.")
    return replace(champion, score=evaluation.score)

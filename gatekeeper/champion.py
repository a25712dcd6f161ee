"""What is in production, as a challenger meets it."""

import math
from dataclasses import replace

from gatekeeper.evaluation import Evaluation
from gatekeeper.facts import Champion
from gatekeeper.faults import is_shortage
from shared.documents import Artefact, Manifest, Registry, digest_of
from shared.errors import ArtefactCorruptError, StoreError
from shared.layout import ARTEFACT
from shared.safe_read import read_document
from shared.store import ModelStore


def find_champion(
    store: ModelStore, registry: Registry, metric: str, manifest: Manifest, challenger: Artefact
) -> Champion:
    """The model in production; `not_scored` says why it cannot be scored, if so."""
    champion = Champion(
        version=registry.version,
        digest=registry.digest,
        recorded=registry.metrics.get(metric),
        score=None,
    )
    if champion.digest == manifest.digest:
        return champion
    try:
        artefact = _read_artefact(store, registry.digest)
    except (StoreError, OSError) as error:
        if is_shortage(error):
            raise
        return replace(champion, not_scored=f"its files are damaged: {error}")
    if _schema(artefact) == _schema(challenger):
        return champion
    return replace(
        champion,
        not_scored="its features and classes are not the challenger's.",
        has_other_schema=True,
    )


def with_score(champion: Champion, evaluation: Evaluation) -> Champion:
    """The same champion after it was scored, or after that has failed."""
    if evaluation.errors:
        return replace(champion, not_scored=f"it failed: {' '.join(evaluation.errors.values())}")
    if evaluation.score is None or not math.isfinite(evaluation.score):
        return replace(champion, not_scored=f"its score is {evaluation.score}.")
    return replace(champion, score=evaluation.score)


def _read_artefact(store: ModelStore, digest: str) -> Artefact:
    path = store.models.directory(digest) / ARTEFACT
    data = read_document(path)
    if digest_of(data) != digest:
        raise ArtefactCorruptError(f"{path} has the digest {digest_of(data)}, not {digest}.")
    return Artefact.decode(data, path)


def _schema(artefact: Artefact) -> tuple[object, ...]:
    return artefact.task, artefact.features, artefact.classes

"""The champion: the model in production, as a challenger's evaluation needs it."""

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.evidence.comparison_messages import RowsFile
from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.facts import Champion, ValidationScore
from gatekeeper.policy.terms.comparability import why_not_comparable
from shared.contract.documents import Artefact, DataSummary, Manifest, Registry
from shared.contract.layout import HOLDOUT, ROWS
from shared.errors import StoreError
from shared.scoring.scorer_names import NEG_COST
from shared.store.models import read_artefact
from shared.store.store import ModelStore
from shared.volume.transient_errors import is_transient

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys


def find_champion(
    store: ModelStore, registry: Registry, metric: str, manifest: Manifest, challenger: Artefact
) -> Champion:
    """Return the model in production. If it cannot be scored, `why_not_scored` gives the reason.

    Raises StoreError or OSError when its files cannot be read now.
    """
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
    """Return the champion with its score, or with the reason why scoring failed."""
    if evaluation.errors:
        return replace(
            champion, why_not_scored=f"it failed: {' '.join(evaluation.errors.values())}"
        )
    if evaluation.score is None or not math.isfinite(evaluation.score):
        return replace(champion, why_not_scored=f"its score is {evaluation.score}.")
    return replace(champion, score=evaluation.score)


def read_known_manifest(store: ModelStore, candidate_id: str, keys: "KnownKeys | None") -> Manifest:
    """Read the manifest of a candidate. With *keys*, one of them must have signed it.

    Raises StoreError or OSError.
    """
    data = store.candidates.manifest_bytes(candidate_id)
    if keys is not None:
        store.candidates.signed_by(candidate_id, data, keys)
    return store.candidates.decode_manifest(candidate_id, data)


def find_row_hashes(manifest: Manifest, directory: Path) -> RowsFile | None:
    """Return the row hashes of the candidate in *directory*; None if it has none."""
    described = manifest.find(ROWS)
    return None if described is None else RowsFile(directory=directory, file=described)


def add_row_hashes(
    champion: Champion,
    store: ModelStore,
    registry: Registry,
    challenger: Manifest,
    keys: "KnownKeys | None" = None,
) -> Champion:
    """Return the champion with what its manifest says of its rows, as far as it is comparable.

    Without hashes, it has the reason.

    With *keys*, one of them must have signed the champion's manifest.

    Raises StoreError or OSError when the files cannot be read now.
    """
    try:
        manifest = read_known_manifest(store, registry.candidate_id, keys)
    except (StoreError, OSError) as error:
        if is_transient(error):
            raise
        champion = replace(champion, why_rows_unknown=f"Its candidate cannot be read: {error}")
        if challenger.metric == NEG_COST:
            champion = replace(champion, recorded_score=None)  # by which costs is unknown
        return champion
    holdout = manifest.find(HOLDOUT)
    champion = replace(
        champion,
        validation=find_validation_score(manifest, challenger.metric),
        holdout_sha256=holdout.sha256 if holdout else None,
    )
    if challenger.metric == NEG_COST and manifest.costs != challenger.costs:
        champion = replace(champion, recorded_score=None, validation=None)  # by other costs
    if are_times_comparable(manifest.data, challenger.data):
        champion = replace(champion, time=manifest.data.time)
    rows = find_row_hashes(manifest, store.layout.candidate(registry.candidate_id))
    if rows is None:
        return replace(champion, why_rows_unknown=f"Its candidate has no {ROWS}.")
    if not are_rows_comparable(manifest.data, challenger.data):
        return replace(
            champion,
            why_rows_unknown="The columns differ, so rows cannot be matched. "
            "Set TRAINER_ROW_KEY to match them by key.",
        )
    return replace(champion, rows=rows)


def find_validation_score(manifest: Manifest, metric: str) -> ValidationScore | None:
    """Return the score by which a run chose its model; None if the manifest has none."""
    scored = [each for each in manifest.candidates if metric in each.metrics]
    chosen = next((each for each in scored if each.name == manifest.model_name), None)
    if chosen is None:
        return None
    trials = sum(1 + each.settings_tried for each in scored)
    return ValidationScore(chosen.metrics[metric], trials, manifest.refitted)


def are_times_comparable(one: DataSummary, other: DataSummary) -> bool:
    """Return whether both runs split by the same column, in the same unit."""
    if one.time is None or other.time is None:
        return False
    return (one.time.column, one.time.unit) == (other.time.column, other.time.unit)


def are_rows_comparable(one: DataSummary, other: DataSummary) -> bool:
    """Return whether equal rows have equal hashes: both runs have the same key or columns."""
    if one.row_key is not None or other.row_key is not None:
        return one.row_key == other.row_key
    columns, others = ({(f.name, f.type) for f in data.features} for data in (one, other))
    return bool(columns) and columns == others

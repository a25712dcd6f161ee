"""Find the holdouts that a challenger must keep: those of all models since the last new one.

The decision log names the models. The hashes of their rows are in their candidates. The store
keeps only those of the newest models. For rows before these, the log has the fraction that was
lost. So the memory is bounded, and removing candidates forgets no loss.
"""

from typing import TYPE_CHECKING

from gatekeeper.evaluation.champion import (
    are_rows_comparable,
    find_row_hashes,
    read_known_manifest,
)
from gatekeeper.evidence.comparison_messages import RowsFile
from gatekeeper.evidence.facts import EarlierHoldouts
from shared.contract.documents import Decision, Manifest
from shared.errors import StoreError
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore
from shared.store.verified_read import read_verified
from shared.volume.transient_errors import is_transient

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys

MAX_FILES = 10
"""Most files of hashes that are read, the newest ones."""
_CHECK_NAMES = ("holdout-retained", "holdout kept, or said to be new")
"""The check that recorded the loss, by its names in decisions of any age."""


def find_earlier_holdouts(
    store: ModelStore, log: DecisionLog, challenger: Manifest, keys: "KnownKeys | None" = None
) -> EarlierHoldouts | None:
    """Return the holdouts of the champion and of the models before it, newest first.

    Return None if the champion has none that can be compared, or for a split by time: there, old
    rows leave the holdout on purpose. With *keys*, one of them must have signed each manifest.

    Raises StoreError or OSError when a manifest cannot be read now.
    """
    found, files = None, dict[str, RowsFile]()
    for decision in _find_promotions(log) if challenger.data.time is None else ():
        assert decision.candidate_id is not None  # noqa: S101 - promotions have a candidate
        manifest = _read_manifest(store, decision.candidate_id, keys)
        if manifest is None:
            break  # its own decision has what was lost until then; so has each later one
        is_by_time = manifest.data.time is not None
        if is_by_time or not are_rows_comparable(manifest.data, challenger.data):
            break
        rows = find_row_hashes(manifest, store.layout.candidate(decision.candidate_id))
        if rows is None or not _is_intact(rows):
            break
        files.setdefault(rows.file.sha256, rows)
        assert decision.registry is not None  # noqa: S101 - as above
        before = 0.0 if manifest.new_holdout else _read_loss(decision)
        newest = log.registry if found is None else None  # a rollback gives it a new version
        since = (newest or decision.registry).version
        found = EarlierHoldouts(since, tuple(files.values()), before)
        if manifest.new_holdout or len(files) == MAX_FILES:
            break
    return found


def _find_promotions(log: DecisionLog) -> list[Decision]:
    """Return the promotions up to the champion's own, newest first.

    After a rollback, those between do not count.
    """
    registry = log.registry
    promotions = [each for each in log.decisions() if each.outcome == "promoted"]
    own = [
        place
        for place, each in enumerate(promotions)
        if registry is not None and each.candidate_id == registry.candidate_id
    ]
    return promotions[own[0] :] if own else []


def _read_loss(decision: Decision) -> float:
    """Return the fraction of rows that this promotion and those before it had lost."""
    observed = next(
        (check.observed for check in decision.checks if check.name in _CHECK_NAMES), None
    )
    return observed if isinstance(observed, float) and 0 <= observed <= 1 else 0.0


def _is_intact(rows: RowsFile) -> bool:
    """Report whether the bytes are those that the manifest describes.

    Raises StoreError or OSError when they cannot be read now.
    """
    try:
        read_verified(rows.directory, rows.file)
    except (StoreError, OSError) as error:
        if is_transient(error):
            raise
        return False
    return True


def _read_manifest(
    store: ModelStore, candidate_id: str, keys: "KnownKeys | None"
) -> Manifest | None:
    """Return the manifest of a candidate; None if it is removed, damaged or not signed.

    Raises StoreError or OSError when it cannot be read now.
    """
    try:
        return read_known_manifest(store, candidate_id, keys)
    except (StoreError, OSError) as error:
        if is_transient(error):
            raise
        return None

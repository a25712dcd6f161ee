"""Where the hashes of the rows stand that the model in production was made of."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gatekeeper.evaluation.transient_errors import is_transient
from gatekeeper.evidence.comparison_messages import RowsFile
from gatekeeper.evidence.facts import Champion
from shared.contract.documents import DataSummary, Manifest, Registry
from shared.contract.layout import ROWS
from shared.errors import StoreError
from shared.store.store import ModelStore

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys


def find_row_hashes(manifest: Manifest, directory: Path) -> RowsFile | None:
    """The row hashes of a candidate that stands in *directory*; None where it came without."""
    described = manifest.find(ROWS)
    return None if described is None else RowsFile(directory=str(directory), file=described)


def add_row_hashes(
    champion: Champion,
    store: ModelStore,
    registry: Registry,
    challenger: Manifest,
    keys: "KnownKeys | None" = None,
) -> Champion:
    """The same champion with the hashes of its rows, or with why they say nothing.

    With *keys*, one of them must have signed its manifest.

    Raises StoreError or OSError when they cannot be looked for now.
    """
    try:
        data = store.candidates.manifest_bytes(registry.candidate_id)
        if keys is not None:
            store.candidates.signed_by(registry.candidate_id, data, keys)
        manifest = store.candidates.decode_manifest(registry.candidate_id, data)
    except (StoreError, OSError) as error:
        if is_transient(error):
            raise
        return replace(champion, why_rows_unknown=f"Its candidate cannot be read: {error}")
    rows = find_row_hashes(manifest, store.layout.candidate(registry.candidate_id))
    if rows is None:
        return replace(champion, why_rows_unknown=f"Its candidate came without {ROWS}.")
    if not are_rows_comparable(manifest.data, challenger.data):
        return replace(
            champion,
            why_rows_unknown="The columns are others, and no TRAINER_ROW_KEY tells which rows are "
            "the same.",
        )
    return replace(champion, rows=rows)


def are_rows_comparable(one: DataSummary, other: DataSummary) -> bool:
    """Whether the same row has the same hash in both runs: the same key, or the same columns."""
    if one.row_key is not None or other.row_key is not None:
        return one.row_key == other.row_key
    columns, others = ({(f.name, f.type) for f in data.features} for data in (one, other))
    return bool(columns) and columns == others

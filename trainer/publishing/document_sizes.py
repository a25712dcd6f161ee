"""Keep the documents of a candidate small enough for their readers."""

from shared.contract import strict_json
from shared.contract.documents import Manifest
from shared.contract.layout import MANIFEST, MAX_MANIFEST_BYTES, MAX_REPORT_BYTES, REPORT
from shared.errors import DatasetError

COLUMNS_LEFT_OUT = (
    "The manifest does not list the columns, because it would be too large with them; "
    "artefact.json lists them."
)


def fit_manifest(manifest: Manifest, *, reserved: int = 0) -> Manifest:
    """Return *manifest* with at most MAX_MANIFEST_BYTES - *reserved* bytes.

    A manifest that is too large loses its list of columns, which the artefact has too. Raises
    DatasetError if it is still too large.
    """
    limit = MAX_MANIFEST_BYTES - reserved
    if len(manifest.encode()) <= limit:
        return manifest
    notes = (*manifest.data.notes, COLUMNS_LEFT_OUT)
    data = manifest.data.model_copy(update={"features": (), "notes": notes})
    smaller = manifest.model_copy(update={"data": data})
    size = len(smaller.encode())
    if size <= limit:
        return smaller
    part, largest = _find_largest(smaller)
    raise DatasetError(
        f"{MANIFEST} would have {size} bytes; at most {limit} are allowed. Its largest part is "
        f"{part} with {largest} bytes. Train with fewer classes, moved rows, estimators, or "
        "parameters."
    )


def require_small_report(data: bytes) -> bytes:
    """Return the bytes of a report; raise DatasetError if no page would show it."""
    if len(data) > MAX_REPORT_BYTES:
        raise DatasetError(
            f"{REPORT} would have {len(data)} bytes; at most {MAX_REPORT_BYTES} are allowed. "
            "Shorten the names of columns and classes."
        )
    return data


def _find_largest(manifest: Manifest) -> tuple[str, int]:
    """Return the name of the largest part of *manifest*, and its size in bytes."""
    content = manifest.model_dump(mode="json")
    parts = {**content, **{f"data.{name}": part for name, part in content["data"].items()}}
    del parts["data"]
    sizes = {name: len(strict_json.encode(part)) for name, part in parts.items()}
    largest = max(sizes, key=sizes.__getitem__)
    return largest, sizes[largest]

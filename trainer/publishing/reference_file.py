"""The reference of a candidate, unless it is too large for its readers."""

from shared.contract import strict_json
from shared.contract.layout import REFERENCE
from shared.inference.servable import Rows
from shared.live.reference import MAX_REFERENCE_BYTES, Reference
from shared.live.reference_builder import build_reference
from trainer.console import Console
from trainer.export.export import ExportedCandidate


def encode_reference(exported: ExportedCandidate, train: Rows, console: Console) -> bytes | None:
    """Return the bytes of reference.json, or None with a line on *console* if it is too large.

    *train* has the encoded training rows, shape [n, features]; of a table in parts, a sample.
    """
    console.show_progress("Counting the training rows")
    data = build_reference(exported.artefact, train, exported.validation).encode()
    values = strict_json.count_separators(data)
    if len(data) <= MAX_REFERENCE_BYTES and values <= Reference.max_values:
        return data
    console.line(
        f"note: The model gets no {REFERENCE}, so production is not compared with the training "
        f"rows. It would have {len(data)} bytes and {values} values for "
        f"{len(exported.artefact.features)} features; at most {MAX_REFERENCE_BYTES} bytes and "
        f"{Reference.max_values} values are read. Leave features out with TRAINER_DROP."
    )
    return None

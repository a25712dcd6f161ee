"""The file for a model's answers, as large as it can get before the model is asked.

The scoring process, which may not write files, maps it; see `gatekeeper.sandbox.predictions_io`.
"""

from pathlib import Path

from shared.contract.documents import Artefact

NUMBER_BYTES = 8
"""Of a float64."""
_BLOCK = bytes(1 << 20)


def row_width(artefact: Artefact) -> int:
    """How many numbers a row has: the answer, and a probability for each class."""
    return 1 + len(artefact.classes)


def reserve_file(path: Path, holdout_bytes: int, artefact: Artefact, most_bytes: int) -> None:
    """Make the file for a holdout of *artefact* with so many bytes; raises OSError when full.

    It gets no larger than *most_bytes*, what a model may take in memory.

    Its blocks are written, so that a full disk is noticed here and not held against a model.
    """
    rows = holdout_bytes // (NUMBER_BYTES * (len(artefact.features) + 1))
    size = min(rows * row_width(artefact) * NUMBER_BYTES, most_bytes)
    with path.open("xb") as file:
        for start in range(0, size, len(_BLOCK)):
            file.write(_BLOCK[: size - start])

"""The file of a model's predictions, which the parent creates and the scoring process maps.

The scoring process may not write files; see `gatekeeper.sandbox.predictions_io`.
"""

from pathlib import Path

from shared.contract.documents import Artefact

NUMBER_BYTES = 8
"""Bytes of a float64."""
_BLOCK = bytes(1 << 20)


def count_row_numbers(artefact: Artefact) -> int:
    """Return the numbers in a row: the prediction, and a probability for each class."""
    return 1 + len(artefact.classes)


def reserve_file(path: Path, holdout_bytes: int, artefact: Artefact, most_bytes: int) -> None:
    """Create the file for predictions of *artefact* on a holdout of *holdout_bytes*.

    The file has at most *most_bytes*, the memory limit of a model. All blocks are written, so that
    a full disk raises OSError here and is not blamed on a model.
    """
    rows = holdout_bytes // (NUMBER_BYTES * (len(artefact.features) + 1))
    write_zeros(path, min(rows * count_row_numbers(artefact) * NUMBER_BYTES, most_bytes))


def write_zeros(path: Path, size: int) -> None:
    """Create the file *path* of *size* zeros; raises OSError on a full disk."""
    with path.open("xb") as file:
        for start in range(0, size, len(_BLOCK)):
            file.write(_BLOCK[: size - start])

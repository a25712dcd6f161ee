"""Read the file of a model."""

import stat
from pathlib import Path

from trainer.brought_models.bare.unfit_model import UnfitModelError

MAX_MODEL_BYTES = 1 << 30


def read_file(path: Path) -> bytes:
    """Return the bytes of a file. Raises UnfitModelError if it is missing, empty or too large."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise UnfitModelError(f"MODEL={path} is not a file. Set MODEL to the file of a model.")
        if status.st_size > MAX_MODEL_BYTES:
            raise UnfitModelError(
                f"MODEL={path} has {status.st_size} bytes; at most {MAX_MODEL_BYTES} are read. "
                "Make the model smaller."
            )
        data = path.read_bytes()
    except OSError as error:
        raise UnfitModelError(
            f"MODEL={path} cannot be read: {error.strerror} (looked in {Path.cwd()})."
        ) from error
    if not data:
        raise UnfitModelError(f"MODEL={path} is empty: it has no bytes. Export the model again.")
    return data

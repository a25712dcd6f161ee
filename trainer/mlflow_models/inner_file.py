"""Find a file that MLmodel names, inside of its directory only."""

from pathlib import Path

from shared.text import quote
from trainer.brought_models.bare.unfit_model import UnfitModelError


def find_inner(directory: Path, name: str) -> Path:
    """Return the path of a file or folder in *directory*, also by a link that stays inside.

    Raises UnfitModelError if it does not exist, or is outside of the directory.
    """
    try:
        root = directory.resolve(strict=True)
        path = (root / name).resolve(strict=False)
        is_inside = path.is_relative_to(root) and path != root
        exists = is_inside and path.exists()
    except (OSError, ValueError, RuntimeError) as error:  # a loop of links, or a name with a NUL
        raise UnfitModelError(
            f"MODEL={directory}: the path {quote(name)} cannot be followed. "
            "Save the model with MLflow again."
        ) from error
    if not is_inside:
        raise UnfitModelError(
            f"MODEL={directory}: the path {quote(name)} leads out of the directory. All files of "
            "a model must be inside of it: save the model with MLflow again."
        )
    if not exists:
        raise UnfitModelError(
            f"MODEL={directory} lacks the file {quote(name)}, which belongs to the model. "
            "Copy the whole directory, or download it again."
        )
    return path

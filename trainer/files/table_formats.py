"""Recognise folders whose log says which of their files belong to the table."""

from pathlib import Path

from shared.errors import DatasetError

_MOST_PARENTS = 6
"""Folders above the data set that are looked at."""


def require_plain(path: Path) -> None:
    """Raise DatasetError for a table of Delta Lake, Iceberg or Hudi, and for a part of one.

    Its folder also has files that the table has given up. Only its log tells them apart.
    """
    for folder in [path, *path.absolute().parents[:_MOST_PARENTS]]:
        if name := _name_format(folder):
            place = "is" if folder == path else f"is in {folder},"
            raise DatasetError(
                f"TRAINER_DATASET={path} {place} a table of {name}. Its folder also has files that "
                "the table has given up, so they are not read. Export the table as Parquet to "
                "another folder."
            )


def _name_format(folder: Path) -> str | None:
    if (folder / "_delta_log").is_dir():
        return "Delta Lake"
    if (folder / ".hoodie").is_dir():
        return "Hudi"
    metadata = folder / "metadata"
    return "Iceberg" if any(metadata.glob("*.metadata.json")) else None

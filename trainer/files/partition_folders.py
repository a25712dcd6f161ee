"""List the Parquet files of a folder, and read columns from names such as region=north."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa

from shared.errors import DatasetError
from shared.inference.text_form import normalise_text
from shared.text import quote
from trainer.files.table_formats import require_plain

PARQUET_ENDS = (".parquet", ".pq")
_NULL = "__HIVE_DEFAULT_PARTITION__"
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_FRACTION = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")


@dataclass(frozen=True)
class PartitionedFile:
    """A file, and the columns that the names of its folders say."""

    path: Path
    values: tuple[tuple[str, pa.Scalar], ...] = ()


def list_files(folder: Path) -> list[PartitionedFile]:
    """List the Parquet files in a folder and in its partitions, by name.

    Names that begin with . or _ are ignored. Raises DatasetError for other folders, and
    for partitions by different columns.
    """
    found = [*_walk(folder, folder, ())]
    if not found:
        raise DatasetError(
            f"TRAINER_DATASET={folder} is a folder without Parquet files. Their names must end "
            f"with {' or '.join(PARQUET_ENDS)}."
        )
    (first, pairs), *others = found
    keys = [key for key, _ in pairs]
    for path, own in others:
        if [key for key, _ in own] != keys:
            raise DatasetError(
                f"The files in {folder} are in folders by different columns: "
                f"{_show(folder, first)} and {_show(folder, path)}. Give all files the same "
                "folders."
            )
    columns = {
        key: _read_values([own[place][1] for _, own in found]) for place, key in enumerate(keys)
    }
    return [
        PartitionedFile(path, tuple((key, columns[key][place]) for key in keys))
        for place, (path, _) in enumerate(found)
    ]


def _walk(
    root: Path, folder: Path, pairs: tuple[tuple[str, str], ...]
) -> Iterator[tuple[Path, tuple[tuple[str, str], ...]]]:
    if folder != root:
        require_plain(folder)
    for entry in sorted(folder.iterdir()):
        is_partition = "=" in entry.name[1:] and entry.is_dir()
        if entry.name[0] in "._" and not is_partition:
            continue
        if is_partition:
            key, _, value = entry.name.partition("=")
            yield from _walk(root, entry, (*pairs, (normalise_text(unquote(key)), unquote(value))))
        elif entry.is_dir():
            raise DatasetError(
                f"TRAINER_DATASET={root} contains the folder {_show(root, entry)}. Put all Parquet "
                "files of a table into one folder, or into folders such as region=north."
            )
        elif entry.name.lower().endswith(PARQUET_ENDS):
            yield entry, pairs


def _read_values(texts: Sequence[str]) -> Sequence[pa.Scalar]:
    """Return whole numbers, numbers, booleans or strings: the first type that fits all values."""
    known = {text for text in texts if text != _NULL}
    types: Mapping[pa.DataType, bool] = {
        pa.int64(): all(map(_WHOLE.fullmatch, known)),
        pa.float64(): all(_WHOLE.fullmatch(text) or _FRACTION.fullmatch(text) for text in known),
        pa.bool_(): all(text in {"true", "false"} for text in known),
        pa.string(): True,
    }
    chosen = next(type_ for type_, fits in types.items() if fits) if known else pa.string()
    strings: pa.Array = pa.array([None if text == _NULL else text for text in texts], pa.string())
    return [*strings.cast(chosen)]


def _show(root: Path, path: Path) -> str:
    return quote(str(path.relative_to(root)), 120)

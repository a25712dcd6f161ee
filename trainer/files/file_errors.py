"""Say in a sentence why a file cannot be read, in place of the sentence of a library."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from shared.errors import DatasetError, EncodingError

_REASONS = {
    "straddling object": "a cell in quotes is longer than a block of 2 MiB. Probably its closing "
    "quote is missing. Add the quote",
    "Empty CSV file": "it has no line with names. Write the names of the columns in the first line",
    "Parquet magic bytes": "it does not end as a Parquet file, so it was probably cut off. Copy it "
    "again",
    "Parquet file size": "it does not end as a Parquet file, so it was probably cut off. Copy it "
    "again",
    "Column 0 named": "it has no columns. Write it again",
    "zlib inflate": "its compressed bytes are damaged. Copy it again",
}
"""Our words for a sentence of Arrow that contains the key."""
_OTHER_ENCODING = """Set another encoding, such as TRAINER_CSV='{"encoding": "windows-1252"}'."""
_DAMAGED = "its bytes are damaged or of an unknown form. Write it again"


@contextmanager
def explain_errors(path: Path | str) -> Iterator[None]:
    """Turn the errors of a damaged or unreadable file into a DatasetError of one sentence.

    Raises EncodingError if the file is not in UTF-8 after all.
    """
    try:
        yield
    except UnicodeError as error:
        raise DatasetError(
            f"TRAINER_DATASET={path} has bytes that its encoding does not have. {_OTHER_ENCODING}"
        ) from error
    except EOFError as error:
        raise DatasetError(
            f"TRAINER_DATASET={path} cannot be read: it was cut off, because its compressed bytes "
            "do not end. Copy it again."
        ) from error
    except (pa.ArrowException, OSError) as error:
        if "invalid UTF8" in str(error):
            raise EncodingError(
                f"TRAINER_DATASET={path} is not in UTF-8. {_OTHER_ENCODING}"
            ) from error
        raise DatasetError(f"TRAINER_DATASET={path} cannot be read: {_explain(error)}.") from error


def _explain(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno)
    if type(error).__name__ in {"BadGzipFile", "error"}:
        return _REASONS["zlib inflate"]
    return next((text for key, text in _REASONS.items() if key in str(error)), _DAMAGED)

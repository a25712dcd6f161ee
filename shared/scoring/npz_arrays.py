"""Files of one-dimensional numpy arrays: uncompressed zips, as numpy.savez writes them.

The reader checks the header of each array before it allocates memory. So a pickle, a zip bomb or a
wrong shape raises DocumentError.
"""

import io
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from shared.errors import DocumentError

MAX_BYTES = 1 << 30
"""The most bytes of all arrays: 1 GiB is 4 million rows of 30 features, or 134 million hashes."""


def encode_arrays(name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Return the bytes of a file; the same arrays always give the same bytes.

    Raises DocumentError, which calls the file *name*, if the arrays exceed MAX_BYTES.
    """
    size = sum(array.nbytes for array in arrays.values())
    if size > MAX_BYTES:
        raise DocumentError(f"{name} has {size >> 20} MiB; at most {MAX_BYTES >> 20} are allowed.")
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


class NpzReader:
    """A reader of the arrays in a file; none is larger than the file."""

    def __init__(self, data: bytes, source: Path | str) -> None:
        """Open *data*; raise DocumentError, which calls it *source*, unless it is such a zip."""
        if len(data) > MAX_BYTES + (1 << 20):  # room for the headers of the zip
            raise DocumentError(f"{source} has {len(data)} bytes; at most {MAX_BYTES} are read.")
        self._source = source
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except Exception as error:  # zipfile raises many errors for damaged bytes
            raise DocumentError(f"{source} is not a zip of arrays: {error}.") from error
        members = self._zip.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise DocumentError(f"{source} is compressed; expected an uncompressed zip.")
        if sum(member.file_size for member in members) > len(data):
            raise DocumentError(f"{source} claims more bytes than it has.")

    def has(self, name: str) -> bool:
        """Say whether there is an array *name*."""
        return f"{name}.npy" in self._zip.namelist()

    def read(self, name: str, dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Return the array *name*, shape [n]; raise DocumentError unless it has *dtype*."""
        try:
            content = self._zip.read(f"{name}.npy")
        except KeyError as error:
            raise DocumentError(f"{self._source} has no array called {name}.") from error
        except Exception as error:  # zipfile raises many errors for damaged bytes
            raise DocumentError(f"{self._source}: {name} cannot be read: {error}.") from error
        body = io.BytesIO(content)
        try:
            if np.lib.format.read_magic(body) != (1, 0):
                raise ValueError("its version is not 1.0")  # noqa: TRY301 - one refusal below
            shape, _, found = np.lib.format.read_array_header_1_0(body)
        except Exception as error:  # numpy parses the header with a literal parser
            raise DocumentError(f"{self._source}: {name} is not a plain array: {error}.") from error
        left = len(content) - body.tell()
        if found != dtype or len(shape) != 1 or math.prod(shape) * dtype.itemsize != left:
            raise DocumentError(
                f"{self._source}: {name} must be a {dtype.name} array of one dimension; "
                f"found {found} of shape {shape} with {left} bytes."
            )
        return np.ndarray(shape, dtype=dtype, buffer=content, offset=body.tell()).copy()

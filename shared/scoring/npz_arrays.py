"""Several numpy arrays of one dimension in a file: an uncompressed zip, as numpy.savez writes it.

The reader looks at each array's header before it takes memory for it, so that neither a pickle,
nor a compressed bomb, nor an invented shape gets further than a DocumentError.
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


def encode_arrays(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """The bytes of such a file; the same arrays always give the same bytes."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


class NpzReader:
    """The arrays of one archive, none larger than the bytes it was made of."""

    def __init__(self, data: bytes, source: Path | str) -> None:
        """Open *data*; *source* is named in errors. Raises DocumentError for what is no archive."""
        self._source = source
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        except Exception as error:  # on damaged bytes zipfile raises whatever it stumbles over
            raise DocumentError(f"{source} is not a zip of arrays: {error}.") from error
        members = self._zip.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise DocumentError(f"{source} is compressed; this file never is.")
        if sum(member.file_size for member in members) > len(data):
            raise DocumentError(f"{source} claims more bytes than it has.")

    def read(self, name: str, wanted: np.dtype[Any]) -> npt.NDArray[Any]:
        """One array, after its header has said what is *wanted*: that type, one dimension.

        Raises DocumentError for anything else.
        """
        try:
            content = self._zip.read(f"{name}.npy")
        except KeyError as error:
            raise DocumentError(f"{self._source} has no array called {name}.") from error
        except Exception as error:  # on damaged bytes zipfile raises whatever it stumbles over
            raise DocumentError(f"{self._source}: {name} cannot be read: {error}.") from error
        body = io.BytesIO(content)
        try:
            if np.lib.format.read_magic(body) != (1, 0):
                raise ValueError("its version is not 1.0")  # noqa: TRY301 - one refusal below
            shape, _, found = np.lib.format.read_array_header_1_0(body)
        except Exception as error:  # numpy parses the header with a literal parser
            raise DocumentError(f"{self._source}: {name} is not a plain array: {error}.") from error
        left = len(content) - body.tell()
        if found != wanted or len(shape) != 1 or math.prod(shape) * wanted.itemsize != left:
            raise DocumentError(
                f"{self._source}: {name} must be a {wanted.name} array of one dimension; "
                f"it is {found} of shape {shape} with {left} bytes."
            )
        return np.ndarray(shape, dtype=wanted, buffer=content, offset=body.tell()).copy()

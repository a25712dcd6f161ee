"""Request bodies to rows, quickly: a body that is as it should be costs microseconds.

Whatever is not plainly right is read again by `strict_rows`, which says what is wrong.
"""

from collections.abc import Sequence

import msgspec
import numpy as np

from predictor.strict_rows import LARGEST, Query, read_strictly


class _Body(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What a body may hold; msgspec takes numbers alone for float, no booleans or strings."""

    features: list[float] | dict[str, float] | msgspec.UnsetType = msgspec.UNSET
    instances: list[list[float] | dict[str, float]] | msgspec.UnsetType = msgspec.UNSET


_DECODER = msgspec.json.Decoder(_Body)


class RowReader:
    """Reads bodies for one model, whose features are *names* in order."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._colons = len(self._names) + sum(name.count(":") for name in self._names)

    def read(self, body: bytes) -> Query:
        """The rows of *body*, finite and within float32's range; InputError says what is wrong."""
        query = self._read_quickly(body)
        return read_strictly(body, self._names) if query is None else query

    def _read_quickly(self, body: bytes) -> Query | None:
        try:
            content = _DECODER.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        if isinstance(content.features, msgspec.UnsetType):
            if isinstance(content.instances, msgspec.UnsetType):
                return None
            return self._query(content.instances, body, many=True)
        if not isinstance(content.instances, msgspec.UnsetType):
            return None
        return self._query([content.features], body, many=False)

    def _query(
        self, given: list[list[float] | dict[str, float]], body: bytes, *, many: bool
    ) -> Query | None:
        ordered, colons = [], 1
        for row in given:
            if len(row) != len(self._names):
                return None
            if isinstance(row, dict):
                try:
                    ordered.append([row[name] for name in self._names])
                except KeyError:
                    return None
                colons += self._colons
            else:
                ordered.append(row)
        # msgspec keeps the last of two equal keys in silence; a second one has a colon too many.
        if not ordered or body.count(b":") != colons:
            return None
        rows = np.array(ordered, dtype=np.float64)
        return Query(rows, many=many) if np.abs(rows).max() <= LARGEST else None

"""The columns of a query's result: as which type each is read, or why it cannot be read."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa


class UnreadType(pa.ExtensionType):  # type: ignore[misc]  # pyarrow has no types
    """The type of a column that a model cannot use; its values stay in the database."""

    def __init__(self, name: str) -> None:
        self._name = name
        super().__init__(pa.null(), "modelgate.unread")

    def __arrow_ext_serialize__(self) -> bytes:
        """Return the name of the type."""
        return self._name.encode()

    @classmethod
    def __arrow_ext_deserialize__(cls, _storage: pa.DataType, serialized: bytes) -> "UnreadType":
        """Return the type of that name."""
        return cls(serialized.decode())

    def __str__(self) -> str:
        """Return the name of the type in the database."""
        return self._name


@dataclass(frozen=True)
class ResultColumn:
    """A column of a result."""

    name: str
    expression: str | None = None
    """SQL of its values, in which {} is the column; None for a column that is not read."""
    type_name: str = ""
    """The type in the database, of a column that is not read."""

    @property
    def is_read(self) -> bool:
        """Whether its values are read."""
        return self.expression is not None


def wrap_query(query: str, columns: Sequence[ResultColumn]) -> str:
    """Return a query of the values of *columns*, in the order of the columns of *query*.

    Columns are named by their place: a result may have a name twice. The line end before the
    parenthesis ends a comment.
    """
    places = [f"c{place}" for place in range(len(columns))]
    values = [
        (column.expression or "null").replace("{}", place)
        for place, column in zip(places, columns, strict=True)
    ]
    chosen = ", ".join(f"{value} as {place}" for value, place in zip(values, places, strict=True))
    inner = query.rstrip().rstrip(";")
    return f"select {chosen} from (\n{inner}\n) as result({', '.join(places)})"  # noqa: S608 - as is

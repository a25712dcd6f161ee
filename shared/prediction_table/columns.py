"""The columns of the table: names, kinds and cells.

Versions may have different features, so the rows themselves say which columns there are. A feature
that no row has, such as one that `PREDICTOR_LOG_OMIT` names, is not a column.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from shared.prediction_log.label import LabelValue
from shared.prediction_log.logged_row import LoggedRow

Labels: TypeAlias = Mapping[str, LabelValue]
_MAX_INTEGER = 2**63 - 1
ID = "id"
"""The name of the first column, unless a feature has it."""
PREFIX = "log "
"""The beginning of a column's name whose own name a feature has."""


class Kind(Enum):
    """The type of all cells of a column that are not null."""

    TEXT = "text"
    TIME = "time"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"


@dataclass(frozen=True)
class Column:
    """A column of the table."""

    name: str
    kind: Kind
    read: Callable[[LoggedRow], Any]
    """Return the cell of a row; None is null."""


class Observed:
    """The types that rows have in each place, from which the columns follow."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._features: dict[str, set[type]] = {}
        self._classes: dict[str, None] = {}
        self._predictions = set[type]()
        self._has_predicted_label = False
        self._true_labels = set[type]()
        self.rows = 0
        self.labelled = 0
        self.versions = set[int]()

    def add(self, row: LoggedRow) -> None:
        """Remember the types of *row*."""
        self.rows += 1
        self.versions.add(row.version)
        for name, value in row.features.items():
            kinds = self._features.get(name)
            if kinds is None:
                kinds = self._features[name] = set()
            kinds.add(type(value))
        answer = row.answer
        self._predictions.add(_type_of(answer.prediction))
        self._has_predicted_label |= answer.label is not None
        if answer.probabilities:
            self._classes.update(dict.fromkeys(answer.probabilities))
        label = self._labels.get(row.id)
        if label is not None:
            self.labelled += 1
            self._true_labels.add(_type_of(label))

    def columns(self) -> list[Column]:
        """Return the columns: those of the log, the features, the answer and the true label."""
        own = _OwnNames(self._features)
        labels = self._labels
        found = [
            Column(own.choose(ID), Kind.TEXT, lambda row: row.id),
            Column(own.choose("time"), Kind.TIME, lambda row: row.time),
            Column(own.choose("version"), Kind.INTEGER, lambda row: row.version),
        ]
        found += [_feature_column(name, types) for name, types in self._features.items()]
        kind = _find_kind(self._predictions)
        found.append(Column(own.choose("prediction"), kind, lambda row: row.answer.prediction))
        if self._has_predicted_label:
            name = own.choose("predicted label")
            found.append(Column(name, Kind.TEXT, lambda row: row.answer.label))
        found += [_probability_column(own, each) for each in self._classes]
        kind = _find_kind(self._true_labels)
        read = _in_kind(lambda row: labels.get(row.id), kind)
        return [*found, Column(own.choose("true label"), kind, read)]


class _OwnNames:
    """The names of columns that are not features, which have no name of a feature."""

    def __init__(self, features: Iterable[str]) -> None:
        self._taken = set(features)

    def choose(self, name: str) -> str:
        """Return *name*, with the prefix while it is taken."""
        while name in self._taken:
            name = PREFIX + name
        self._taken.add(name)
        return name


def _feature_column(name: str, types: set[type]) -> Column:
    kind = _find_kind(types)
    kind = Kind.NUMBER if kind is Kind.INTEGER else kind
    return Column(name, kind, _in_kind(lambda row: row.features.get(name), kind))


def _probability_column(own: _OwnNames, label: str) -> Column:
    def read(row: LoggedRow) -> float | None:
        return (row.answer.probabilities or {}).get(label)

    return Column(own.choose(f"probability {label}"), Kind.NUMBER, read)


def _find_kind(types: set[type]) -> Kind:
    """Return the kind of cells with *types*: text if they are of several kinds."""
    found = types - {type(None)}
    if found == {bool}:
        return Kind.BOOLEAN
    if found == {int}:
        return Kind.INTEGER
    return Kind.NUMBER if found and found <= {int, float} else Kind.TEXT


def _type_of(value: object) -> type:
    """Return the type of *value*; an integer beyond 64 bits is a number like any other."""
    is_long = isinstance(value, int) and abs(value) > _MAX_INTEGER
    return float if is_long else type(value)


def _to_number(value: float | None) -> float | None:
    try:
        return None if value is None else float(value)
    except OverflowError:  # no model can answer such a row
        return None


def _in_kind(read: Callable[[LoggedRow], Any], kind: Kind) -> Callable[[LoggedRow], Any]:
    """Return *read* with cells of *kind*: in text, other values are written as in JSON."""
    if kind is Kind.NUMBER:
        return lambda row: _to_number(read(row))
    if kind is not Kind.TEXT:
        return read

    def read_text(row: LoggedRow) -> str | None:
        value = read(row)
        if value is None or isinstance(value, str):
            return value
        return str(value).lower() if isinstance(value, bool) else repr(value)

    return read_text

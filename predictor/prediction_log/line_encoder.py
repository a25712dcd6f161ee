"""The lines of logged rows, for one version."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import msgspec
import numpy as np

from predictor.lifecycle.served_model import ServedModel
from predictor.prediction_log.answered_rows import AnsweredRows, FindStrings, Place
from shared.contract.documents import Feature
from shared.inference.feature_encoding import UNSEEN
from shared.inference.servable import Predictions
from shared.prediction_log.logged_row import LoggedAnswer, Value

_ENCODER = msgspec.json.Encoder()
_REPLACEMENT = "\ufffd"


class _Line(msgspec.Struct, gc=False):
    """A `LoggedRow`; some of its parts may be JSON already."""

    id: str
    time: datetime | msgspec.Raw
    version: int
    features: Any
    answer: LoggedAnswer | msgspec.Raw


class LineEncoder:
    """Writes rows of one version as lines, as the predictor read them. Any thread may use it."""

    def __init__(self, served: ServedModel, omitted: frozenset[str], id_prefix: str) -> None:
        """Prepare to write rows without the features *omitted*."""
        artefact = served.model.artefact
        self._version = served.version
        self._prefix = id_prefix
        self._classes = artefact.classes
        self._codes = served.model.reader.schema.strings
        self._origin_bytes = served.writer.origin_bytes
        kept = [(i, one) for i, one in enumerate(artefact.features) if one.name not in omitted]
        self._name_values = _make_namer([feature.name for _, feature in kept])
        self._name_probabilities = _make_namer(artefact.classes)
        self._columns = [index for index, _ in kept]
        self._places = {index: place for place, index in enumerate(self._columns)}
        self.width = len(kept) + len(artefact.classes)
        """The number of values in a line."""
        self._keeps_all = len(kept) == len(artefact.features)
        self._coded = [
            (place, _list_values_of_codes(feature))
            for place, (_, feature) in enumerate(kept)
            if feature.type != "number"
        ]
        self._categories = [index for index, one in kept if one.type == "category"]

    def has_unseen(self, rows: Sequence[list[float]]) -> bool:
        """Report whether a string of *rows* that is logged is not a category."""
        columns = self._categories
        return bool(columns) and any(row[one] == UNSEEN for one in columns for row in rows)

    def find_strings(
        self, part: AnsweredRows, start: int, find: FindStrings | None
    ) -> dict[Place, str]:
        """Return the strings of *part* that are not categories, by their places in it.

        *part* begins at the row *start* of the rows that *find* knows.
        """
        if find is None or not self._categories:
            return {}
        unseen = np.argwhere(part.call.rows[:, self._categories] == UNSEEN).tolist()
        if not unseen:
            return {}
        places = [(row, self._categories[column]) for row, column in unseen]
        texts = find([(start + row, column) for row, column in places])
        return {
            place: _to_unicode(text, self._codes[place[1]])
            for place, text in zip(places, texts, strict=True)
        }

    def encode(
        self, block: AnsweredRows, strings: Mapping[Place, str] = MappingProxyType({})
    ) -> bytes:
        """Return the lines of the rows of *block*; *strings* are those at some places."""
        values = self._list_values(block.call.rows.tolist())
        for (row, column), text in strings.items():
            values[row][self._places[column]] = text
        ids = block.ids
        if isinstance(ids, range):
            ids = [f"{self._prefix}{number}" for number in ids]
        time = datetime.fromtimestamp(block.time, UTC)
        answers = self._list_answers(block.call.predictions)
        name, version = self._name_values, self._version
        return _ENCODER.encode_lines(
            [
                _Line(id_, time, version, name(*row), answer)
                for id_, row, answer in zip(ids, values, answers, strict=True)
            ]
        )

    def encode_replies(
        self, time: float, ids: range, rows: Sequence[list[float]], contents: Sequence[bytes]
    ) -> bytes:
        """Return the lines of *rows* with known categories, each answered by a reply.

        *contents* are the bodies of these replies, without ids. Each of them has the answer as a
        line has it, which takes less time than to encode it again.
        """
        raw, name, prefix, version = msgspec.Raw, self._name_values, self._prefix, self._version
        end = -self._origin_bytes
        at = raw(_ENCODER.encode(datetime.fromtimestamp(time, UTC)))
        return _ENCODER.encode_lines(
            [
                _Line(f"{prefix}{id_}", at, version, name(*row), raw(content[:end] + b"}"))
                for id_, row, content in zip(ids, self._list_values(rows), contents, strict=True)
            ]
        )

    def _list_values(self, rows: Sequence[list[float]]) -> Sequence[list[Any]]:
        """Return the values of each row for JSON, which has null for NaN."""
        values: Sequence[list[Any]] = rows
        if not self._keeps_all:
            values = [[row[index] for index in self._columns] for row in rows]
        elif self._coded:
            values = [[*row] for row in rows]
        for place, known in self._coded:
            for row in values:
                row[place] = known.get(row[place])
        return values

    def _list_answers(self, predictions: Predictions) -> list[LoggedAnswer]:
        values = predictions.values.tolist()
        classes = self._classes
        if not classes:
            return [LoggedAnswer(value) for value in values]
        if predictions.probabilities is None:
            return [LoggedAnswer(value, classes[value]) for value in values]
        name = self._name_probabilities
        return [
            LoggedAnswer(value, classes[value], name(*row))
            for value, row in zip(values, predictions.probabilities.tolist(), strict=True)
        ]


def _make_namer(names: Sequence[str]) -> Callable[..., Any]:
    """Return a function of the values of these *names* that returns an object for JSON.

    A struct takes half of the time of a dict, but cannot have names with quotes.
    """
    fields = {f"f{place}": name for place, name in enumerate(names)}
    try:
        return msgspec.defstruct(
            "Named", [(field, Any) for field in fields], rename=fields, gc=False
        )
    except ValueError:
        return lambda *values: dict(zip(names, values, strict=True))


def _to_unicode(text: str, codes: Mapping[Any, float]) -> str:
    """Replace halves of surrogate pairs, which JSON can have and UTF-8 cannot.

    The string is not one of the *codes*, and does not become one.
    """
    if text.isascii():
        return text
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    while _REPLACEMENT in text and codes[text] != UNSEEN:
        text += _REPLACEMENT
    return text


def _list_values_of_codes(feature: Feature) -> Mapping[float, Value]:
    """Return the value of each code; a missing value and UNSEEN have none."""
    return dict(enumerate(feature.categories or (False, True)))

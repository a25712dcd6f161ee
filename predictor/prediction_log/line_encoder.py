"""The lines of logged rows, with an encoder for each version that is served."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from weakref import WeakKeyDictionary, ref

import msgspec
import numpy as np

from predictor.lifecycle.served_model import ServedModel
from predictor.prediction_log.answered_rows import AnsweredRows, FindStrings, LoggedReply, Place
from predictor.prediction_log.omitted_columns import OmittedColumns
from predictor.prediction_log.sent_strings import to_unicode
from shared.contract.documents import Feature
from shared.inference.feature_encoding import UNSEEN
from shared.inference.servable import Predictions
from shared.prediction_log.logged_row import LoggedAnswer, Value

_ENCODER = msgspec.json.Encoder()
_MANY_VALUES = 512
"""Values from which the fixed cost of an encoding is small."""


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
        self.many_rows = max(1, _MANY_VALUES // max(1, self.width))
        """The number of rows that are encoded together, if each turn has fewer."""
        self._keeps_all = len(kept) == len(artefact.features)
        self._coded = [
            (place, _list_values_of_codes(feature))
            for place, (_, feature) in enumerate(kept)
            if feature.type != "number"
        ]
        self._categories = [index for index, one in kept if one.type == "category"]

    def has_unseen(self, rows: Sequence[list[float]], chosen: Sequence[int]) -> bool:
        """Report whether a string of the *chosen* rows that is logged is not a category."""
        columns = self._categories
        return bool(columns) and any(rows[at][one] == UNSEEN for one in columns for at in chosen)

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
            place: to_unicode(text, self._codes[place[1]])
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

    def encode_replies(self, replies: Sequence[LoggedReply]) -> bytes:
        """Return the lines of *replies* with known categories.

        The body of a reply has the answer as a line has it, which takes less time than to encode
        it again.
        """
        raw, name, prefix, version = msgspec.Raw, self._name_values, self._prefix, self._version
        end, last, at = -self._origin_bytes, None, raw()
        lines: list[_Line] = []
        all_values = self._list_values([row for _, _, row, _ in replies])
        for (time, id_, _, content), values in zip(replies, all_values, strict=True):
            if time is not last:  # those of a turn have the same
                last, at = time, raw(_ENCODER.encode(datetime.fromtimestamp(time, UTC)))
            answer = raw(content[:end] + b"}")
            lines.append(_Line(f"{prefix}{id_}", at, version, name(*values), answer))
        return _ENCODER.encode_lines(lines)

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


class LineEncoders:
    """Makes one encoder for each version, for any thread. It keeps no model in memory."""

    def __init__(self, omitted: OmittedColumns, id_prefix: str) -> None:
        """Make encoders that leave out the columns *omitted*; generated ids begin as given."""
        self._omitted = omitted
        self._prefix = id_prefix
        self._encoders: WeakKeyDictionary[ServedModel, LineEncoder] = WeakKeyDictionary()
        self._newest: tuple[ref[ServedModel], LineEncoder] | None = None
        """The encoder that was found last, which is found faster."""

    def find(self, served: ServedModel) -> LineEncoder:
        """Return the encoder of a version; make it if it is the first call for it."""
        newest = self._newest
        if newest is not None and newest[0]() is served:
            return newest[1]
        encoder = self._encoders.get(served)
        if encoder is None:
            omitted = self._omitted.find(served.model.artefact.features)
            encoder = LineEncoder(served, omitted, self._prefix)
            self._encoders[served] = encoder
        self._newest = ref(served), encoder
        return encoder


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


def _list_values_of_codes(feature: Feature) -> Mapping[float, Value]:
    """Return the value of each code; a missing value and UNSEEN have none."""
    return dict(enumerate(feature.categories or (False, True)))

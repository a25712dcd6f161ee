"""The strings of an infer request that are not categories: rows have only a code."""

from collections.abc import Sequence

from predictor.codec.input_schema import InputSchema
from predictor.open_inference.input_rows import read_strings
from predictor.open_inference.request import read_request
from predictor.prediction_log.answered_rows import Place


class SentTensors:
    """The tensors of strings in a valid request, each read once."""

    def __init__(self, body: bytes, json_length: str | None, schema: InputSchema) -> None:
        self._body = body
        self._json_length = json_length
        self._schema = schema
        self._strings: dict[int, Sequence[str | None]] = {}
        """The strings of each column."""

    def find_strings(self, places: Sequence[Place]) -> list[str]:
        """Return the strings at *places*, a row and a column each."""
        lacking = {column for _, column in places} - self._strings.keys()
        if lacking:
            for tensor in read_request(self._body, self._json_length).inputs:
                column = self._schema.names.find(tensor.name)
                if column in lacking:
                    self._strings[column] = read_strings(tensor)
        return [str(self._strings[column][row]) for row, column in places]

"""Valid bodies are read fast, and every mistake in other bodies is named."""

import json
import math
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.codec import row_pieces, row_reader, strict_json, strict_parser
from predictor.codec.input_schema import InputSchema
from predictor.codec.numeric_reader import NumericReader
from predictor.codec.row_pieces import PIECE_BYTES
from predictor.codec.strict_parser import PredictRequest, read_strictly
from shared.errors import InputError
from shared.inference.servable import Rows
from shared.inference.strict_values import FLOAT32_MAX
from tests.support.http.predict_requests import BAD_REQUESTS, BadRequest
from tests.support.models.toy import FEATURES, numbers_called


def schema_of(names: Sequence[str]) -> InputSchema:
    return InputSchema(numbers_called(names))


SCHEMA = schema_of(FEATURES)
MANY = 3000
reader = NumericReader(SCHEMA)


@pytest.mark.parametrize(
    ("body", "rows", "many"),
    [
        ('{"features": [1, 2.5]}', [[1, 2.5]], False),
        ('{"features": {"width": 1, "height": 2}}', [[1, 2]], False),
        ('{"features": {"height": 2, "width": 1}}', [[1, 2]], False),
        (' {"features":[-0.0,1e-400]}\r\n', [[-0.0, 0]], False),
        ('{"features": [-0, -0.0]}', [[0.0, -0.0]], False),
        ('{"instances": [[1, 2]]}', [[1, 2]], True),
        ('{"instances": [[1, 2], {"height": 4, "width": 3}]}', [[1, 2], [3, 4]], True),
        (
            f'{{"features": [{FLOAT32_MAX!r}, {-FLOAT32_MAX!r}]}}',
            [[FLOAT32_MAX, -FLOAT32_MAX]],
            False,
        ),
        ('{"features": [18446744073709551616, 9007199254740993]}', [[2.0**64, 2.0**53]], False),
    ],
)
def test_both_readers_read_a_valid_body_alike(
    body: str, rows: list[list[float]], many: bool
) -> None:
    for query in (
        reader._read_fast(body.encode()),
        read_strictly(body.encode(), SCHEMA),
    ):
        assert query.rows.dtype == np.float64
        assert query.rows.tolist() == rows
        assert np.signbit(query.rows).tolist() == np.signbit(rows).tolist()
        assert query.many is many


@pytest.mark.parametrize("case", BAD_REQUESTS.values(), ids=BAD_REQUESTS)
def test_a_mistake_is_named_with_what_was_expected_and_found(case: BadRequest) -> None:
    with pytest.raises(InputError) as refused:
        reader.read(case.body)
    assert (refused.value.code, refused.value.field) == (case.code, case.field)
    for words in case.says:
        assert words in str(refused.value)
    str(refused.value).encode()


def test_a_name_may_contain_a_colon_or_an_escape() -> None:
    named = NumericReader(schema_of(["a:b", 'say "é"']))
    for body in (b'{"features": {"a:b": 1, "say \\"\xc3\xa9\\"": 2}}',) * 2:
        assert named.read(body).rows.tolist() == [[1, 2]]
    assert named.read(b'{"features": {"a\\u003ab": 1, "say \\"\\u00e9\\"": 2}}').rows.tolist() == [
        [1, 2]
    ]
    with pytest.raises(InputError, match="twice"):
        named.read(b'{"features": {"a:b": 1, "say \\"\xc3\xa9\\"": 2, "a:b": 1}}')


def test_an_escaped_colon_does_not_hide_a_repeated_name() -> None:
    named = NumericReader(schema_of(["a:b", "c"]))
    row = b'{"a\\u003ab": 1, "c": 2, "c": 3}'
    assert named.read_one(b'{"features": ' + row + b"}") is None
    for body in (b'{"features": ' + row + b"}", b'{"instances": [' + row + b"]}"):
        with pytest.raises(InputError, match="twice"):
            named.read(body)


def test_many_rows_are_read_in_order_and_a_late_mistake_is_found() -> None:
    rows = [[float(number), -float(number)] for number in range(MANY + 1)]
    body = json.dumps({"instances": rows}).encode()
    assert reader._read_fast(body).rows.tolist() == rows
    rows[-2][1] = math.inf
    with pytest.raises(InputError) as refused:
        reader.read(json.dumps({"instances": rows}).encode())
    assert refused.value.field == f"instances[{MANY - 1}][1]"


class Calls:
    """A decoder of text that records the size of each call, in which no other thread can run."""

    def __init__(self, decoder: Any) -> None:
        self.decoder = decoder
        self.sizes: list[int] = []

    def decode(self, text: str) -> Any:
        self.sizes.append(len(text.replace(" ", "")))
        return self.decoder.decode(text)

    def raw_decode(self, text: str, at: int) -> Any:
        value, end = self.decoder.raw_decode(text, at)
        self.sizes.append(end - at)
        return value, end


@pytest.fixture
def quick_sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Record the size of each text that the fast reader decodes in one call."""
    sizes: list[int] = []
    read = NumericReader._read_rows

    def record(self: NumericReader, text: bytes) -> tuple[Rows, int]:
        sizes.append(len(text))
        return read(self, text)

    monkeypatch.setattr(NumericReader, "_read_rows", record)
    return sizes


@pytest.fixture
def strictly(monkeypatch: pytest.MonkeyPatch) -> Calls:
    calls = Calls(strict_json.DECODER)
    monkeypatch.setattr(strict_json, "DECODER", calls)
    return calls


def test_wide_rows_are_read_a_few_at_a_time(quick_sizes: list[int]) -> None:
    wide = NumericReader(schema_of([f"pixel {number}" for number in range(784)]))
    rows = np.arange(500 * 784).reshape(500, 784).tolist()
    assert wide.read(json.dumps({"instances": rows}).encode()).rows.tolist() == rows
    assert max(quick_sizes) <= 1.1 * PIECE_BYTES


@pytest.mark.parametrize(
    ("end", "field"),
    [
        ("[1, true]]}", "instances[9999][1]"),
        ("[1, NaN]]}", "instances[9999][1]"),
        ('{"width": 1, "height": 2, "width": 1}]}', "width"),
        ('[1, 2]], "threshold": 1}', "threshold"),
        ('[1, 2]], "instances": [[1, 2]]}', "instances"),
        ("[1, 2]", None),
        ("[1, 2]]} x", None),
    ],
)
def test_the_strict_parser_reads_row_by_row(strictly: Calls, end: str, field: str | None) -> None:
    body = '{"instances":\n[' + "[1, 2],\n" * 9999 + end
    with pytest.raises(InputError) as refused:
        reader.read(body.encode())
    assert refused.value.field == field
    assert max(strictly.sizes, default=0) <= 20_000  # of the rows only their line ends
    if field is None:
        with pytest.raises(json.JSONDecodeError) as broken:
            json.loads(body)
        assert str(refused.value).endswith(
            str(broken.value).split(" (char")[0].replace(":", " at") + "."
        )


@pytest.mark.parametrize(
    ("body", "place"),
    [('{"features": [%s]}', "features"), ('{"instances": [[1, 2], [%s]]}', "instances[1]")],
)
def test_a_row_of_far_too_many_numbers_is_counted_and_not_parsed(
    quick_sizes: list[int], strictly: Calls, body: str, place: str
) -> None:
    numbers = "1," * 999_999 + "1"
    with pytest.raises(InputError, match="found 1000000") as refused:
        reader.read((body % numbers).encode())
    assert (refused.value.code, refused.value.field) == ("wrong_feature_count", place)
    assert max(quick_sizes + strictly.sizes, default=0) < 20


def peak_of_refusal(read: Callable[[], object]) -> int:
    """Return the most bytes of memory that *read* takes until it raises InputError."""
    tracemalloc.start()
    try:
        with pytest.raises(InputError):
            read()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_the_strict_parser_runs_without_the_fast_readers_data_in_memory() -> None:
    body = b'{"instances": [' + b"[1,2]," * 5_000 + b"1]}"
    alone = peak_of_refusal(lambda: read_strictly(body, SCHEMA))
    assert peak_of_refusal(lambda: NumericReader(SCHEMA).read(body)) < 2.5 * alone


@pytest.mark.parametrize(
    ("end", "most"),
    [
        (b'],"unknown":1}', 2.75),
        (b'],"instances":[[1]]}', 2.75),
        (b'],"ids":["a"] 1}', 2.75),
        (b"", 2.75),
        (b",[1]]}", 2),
        ('],"\U0001f600":1}'.encode(), 7),
    ],
)
def test_a_mistake_behind_right_rows_takes_few_copies_of_the_body(end: bytes, most: float) -> None:
    row = b"[" + b",".join([b"12.345678901234567"] * 30) + b"]"
    body = b'{"instances":[' + b",".join([row] * 4_000) + end
    wide = NumericReader(schema_of([f"feature {number}" for number in range(30)]))
    assert peak_of_refusal(lambda: wide.read(body)) < most * len(body)


def test_long_lists_of_names_are_shortened() -> None:
    many = NumericReader(schema_of([f"feature number {index}" for index in range(500)]))
    with pytest.raises(InputError) as refused:
        many.read(b'{"features": {"x' + b"y" * 10_000 + b'": 1}}')
    assert len(str(refused.value)) < 400
    assert "and 495 more" in str(refused.value)


numbers: st.SearchStrategy[object] = (
    st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([True, None, "1", [], {}, math.nan, math.inf, 10**400, FLOAT32_MAX, 3.5e38])
)
rows = st.lists(numbers, min_size=1, max_size=3) | st.dictionaries(
    st.sampled_from([*FEATURES, "depth"]), numbers
)
request_ids = st.sampled_from(["a", "a:b", "\\", '"', "\u00e9", "", "x" * 129, "\ud800", None, 1])
contents = (
    st.fixed_dictionaries({"features": rows}, optional={"id": request_ids})
    | st.fixed_dictionaries(
        {"instances": st.lists(rows, max_size=3)}, optional={"ids": st.lists(request_ids)}
    )
    | st.dictionaries(
        st.sampled_from(["features", "instances", "id", "ids", "other"]), rows | numbers
    )
)


def outcome(read: PredictRequest | InputError) -> object:
    if isinstance(read, InputError):
        return read.code, read.field, str(read)
    return read.rows.tolist(), read.many, read.ids and list(read.ids)


def attempt(body: bytes, *, strictly: bool) -> PredictRequest | InputError:
    try:
        return read_strictly(body, SCHEMA) if strictly else reader.read(body)
    except InputError as error:
        return error


@given(contents.map(lambda content: json.dumps(content).encode()))
def test_the_fast_reader_agrees_with_the_strict_parser(body: bytes) -> None:
    assert outcome(attempt(body, strictly=False)) == outcome(attempt(body, strictly=True))


tokens = (
    *(b"{", b"}", b"[", b"]", b":", b",", b'"', b"\\u", b"\xff", b" "),
    *(b'"features"', b'"instances"', b'"width"', b'"height"', b'"id"', b'"ids"'),
    *(b"1", b"-", b"e9", b".5", b"true", b"null"),
)


@given(st.binary(max_size=64) | st.lists(st.sampled_from(tokens)).map(b"".join))
def test_any_bytes_give_rows_or_an_input_error_in_both_readers(body: bytes) -> None:
    quick = attempt(body, strictly=False)
    assert outcome(quick) == outcome(attempt(body, strictly=True))


def test_the_event_loop_has_turns_between_all_calls_that_decode_one_long_string(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns = list[str]()

    def note() -> None:
        turns.append(sys._getframe(1).f_code.co_name)

    for module in (row_reader, row_pieces, strict_parser):
        monkeypatch.setattr(module, "give_turn", note)
    with pytest.raises(InputError):
        reader.read(b'{"features": ["%b", 1]}' % (b"\\u0061" * PIECE_BYTES))
    # After: a count of values, the keys, the join of rows, all rows, UTF-8, the search for rows.
    assert turns == ["has_more", "_read_fast", "_read_all_rows", "read", "_read", "_read"]

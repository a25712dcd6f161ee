"""Bodies become rows: quickly where they are right, with every mistake named where not."""

import json
import math
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.rows import CHUNK_ROWS, RowReader
from predictor.strict_rows import LARGEST, Query, read_strictly
from shared.errors import InputError
from tests.builders import FEATURES
from tests.prediction_requests import BAD_REQUESTS, BadRequest

reader = RowReader(FEATURES)


@pytest.mark.parametrize(
    ("body", "rows", "many"),
    [
        ('{"features": [1, 2.5]}', [[1, 2.5]], False),
        ('{"features": {"width": 1, "height": 2}}', [[1, 2]], False),
        ('{"features": {"height": 2, "width": 1}}', [[1, 2]], False),
        (' {"features":[-0.0,1e-400]}\r\n', [[0, 0]], False),
        ('{"instances": [[1, 2]]}', [[1, 2]], True),
        ('{"instances": [[1, 2], {"height": 4, "width": 3}]}', [[1, 2], [3, 4]], True),
        (f'{{"features": [{LARGEST!r}, {-LARGEST!r}]}}', [[LARGEST, -LARGEST]], False),
        ('{"features": [18446744073709551616, 9007199254740993]}', [[2.0**64, 2.0**53]], False),
    ],
)
def test_a_right_body_is_read_alike_by_both_readers(
    body: str, rows: list[list[float]], many: bool
) -> None:
    for query in (
        reader._read_quickly(body.encode()),
        read_strictly(body.encode(), FEATURES),
    ):
        assert query.rows.dtype == np.float64
        assert query.rows.tolist() == rows
        assert query.many is many


@pytest.mark.parametrize("case", BAD_REQUESTS.values(), ids=BAD_REQUESTS)
def test_a_mistake_is_named_with_what_was_expected_and_found(case: BadRequest) -> None:
    with pytest.raises(InputError) as refused:
        reader.read(case.body)
    assert (refused.value.code, refused.value.field) == (case.code, case.field)
    for words in case.says:
        assert words in str(refused.value)
    str(refused.value).encode()


def test_a_name_with_a_colon_or_an_escape_is_a_name_like_any_other() -> None:
    named = RowReader(["a:b", 'say "é"'])
    for body in (b'{"features": {"a:b": 1, "say \\"\xc3\xa9\\"": 2}}',) * 2:
        assert named.read(body).rows.tolist() == [[1, 2]]
    assert named.read(b'{"features": {"a\\u003ab": 1, "say \\"\\u00e9\\"": 2}}').rows.tolist() == [
        [1, 2]
    ]
    with pytest.raises(InputError, match="twice"):
        named.read(b'{"features": {"a:b": 1, "say \\"\xc3\xa9\\"": 2, "a:b": 1}}')


def test_many_rows_are_read_in_order_and_a_mistake_late_among_them_is_found() -> None:
    rows = [[float(number), -float(number)] for number in range(3 * CHUNK_ROWS + 1)]
    body = json.dumps({"instances": rows}).encode()
    assert reader._read_quickly(body).rows.tolist() == rows
    rows[-2][1] = math.inf
    with pytest.raises(InputError) as refused:
        reader.read(json.dumps({"instances": rows}).encode())
    assert refused.value.field == f"instances[{3 * CHUNK_ROWS - 1}][1]"


def test_a_mistake_is_looked_for_without_what_was_read_before() -> None:
    body = b'{"instances": [' + b"1," * 20_000 + b"1]}"

    def peak(read: Callable[[], object]) -> int:
        tracemalloc.start()
        try:
            with pytest.raises(InputError):
                read()
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    alone = peak(lambda: read_strictly(body, FEATURES))
    assert peak(lambda: RowReader(FEATURES).read(body)) < 2.5 * alone


def test_long_lists_of_names_are_cut_short() -> None:
    many = RowReader([f"feature number {index}" for index in range(500)])
    with pytest.raises(InputError) as refused:
        many.read(b'{"features": {"x' + b"y" * 10_000 + b'": 1}}')
    assert len(str(refused.value)) < 400
    assert "(500 in all)" in str(refused.value)


numbers: st.SearchStrategy[object] = (
    st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([True, None, "1", [], {}, math.nan, math.inf, 10**400, LARGEST, 3.5e38])
)
rows = st.lists(numbers, min_size=1, max_size=3) | st.dictionaries(
    st.sampled_from([*FEATURES, "depth"]), numbers
)
contents = (
    st.fixed_dictionaries({"features": rows})
    | st.fixed_dictionaries({"instances": st.lists(rows, max_size=3)})
    | st.dictionaries(st.sampled_from(["features", "instances", "other"]), rows | numbers)
)


def outcome(read: Query | InputError) -> object:
    if isinstance(read, InputError):
        return read.code, read.field, str(read)
    return read.rows.tolist(), read.many


def attempt(body: bytes, *, strictly: bool) -> Query | InputError:
    try:
        return read_strictly(body, FEATURES) if strictly else reader.read(body)
    except InputError as error:
        return error


@given(contents.map(lambda content: json.dumps(content).encode()))
def test_the_quick_reader_agrees_with_the_strict_one(body: bytes) -> None:
    assert outcome(attempt(body, strictly=False)) == outcome(attempt(body, strictly=True))


tokens = (
    *(b"{", b"}", b"[", b"]", b":", b",", b'"', b"\\u", b"\xff", b" "),
    *(b'"features"', b'"instances"', b'"width"', b'"height"'),
    *(b"1", b"-", b"e9", b".5", b"true", b"null"),
)


@given(st.binary(max_size=64) | st.lists(st.sampled_from(tokens)).map(b"".join))
def test_any_bytes_are_rows_or_an_input_error_for_both(body: bytes) -> None:
    quick = attempt(body, strictly=False)
    assert outcome(quick) == outcome(attempt(body, strictly=True))

"""Many rows are read piece by piece; only rows that are not plain are read strictly."""

import json
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from predictor.codec import long_rows, row_reader
from predictor.codec.input_schema import InputSchema
from predictor.codec.mixed_reader import MixedReader
from predictor.codec.numeric_reader import NumericReader
from predictor.codec.row_reader import BodyReader
from predictor.codec.strict_parser import PredictRequest, StrictBody, read_strictly
from predictor.codec.strict_row import read_row
from shared.contract.documents import Feature
from shared.errors import InputError
from tests.support.models.toy import FEATURES, numbers_called

SCHEMA = InputSchema(numbers_called(FEATURES), max_rows=1000)
MIXED = (
    Feature(name="city", type="category", nullable=False, categories=("Oslo", "Rome")),
    Feature(name="age", type="number", nullable=True),
)
WRONG = ["[1,true]", "[1,NaN]", "[1]", "[1,", "1", '"],["', '{"width":1,"width":1,"height":2}', ""]
ENDS = ["]}", "]", "", '],"ids":["a"]}', '],"id":"]"}', '],"x":[[', '],"instances":[[1,2]]}']
NUMBERS = st.sampled_from(["1", "-0", "1e400", "null", '"1"', "[]", " 2.5 ", "3"])
LISTS = st.lists(NUMBERS, min_size=1, max_size=3).map(lambda values: f"[{','.join(values)}]")
OBJECTS = st.lists(st.tuples(st.sampled_from([*FEATURES, "\\u0077idth"]), NUMBERS), max_size=3).map(
    lambda pairs: "{" + ",".join(f'"{name}":{number}' for name, number in pairs) + "}"
)
PLAIN = st.sampled_from(["[1,2]", '{"height":2,"width":1}', " [ 3 , 4 ] \n"])


@pytest.fixture(scope="module", autouse=True, params=[8, 64])
def small_pieces(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(row_reader, "PIECE_BYTES", request.param)
        yield


def outcome(read: Callable[[], PredictRequest]) -> object:
    try:
        found = read()
    except InputError as error:
        return error.code, error.field, str(error)
    return found.rows.tolist(), found.many, found.ids and list(found.ids)


def both(body: str, reader: BodyReader | None = None) -> tuple[object, object]:
    reader = reader or NumericReader(SCHEMA)
    return (
        outcome(lambda: reader.read(body.encode())),
        outcome(lambda: read_strictly(body.encode(), reader.schema)),
    )


@given(st.lists(PLAIN | LISTS | OBJECTS | st.sampled_from(WRONG)), st.sampled_from(ENDS))
def test_pieces_give_what_the_strict_parser_gives(rows: Sequence[str], end: str) -> None:
    for begin in ('{"instances":[', '{"ids":["b"],"instances":[', ' { "instances" : \n[ '):
        quick, strict = both(begin + ",".join(rows) + end)
        assert quick == strict


@given(st.lists(st.tuples(st.sampled_from(["Rome", "a:b", "],[", "\\", '"', "é"]), st.just(1))))
def test_strings_with_brackets_and_colons_are_read_like_others(rows: Sequence[object]) -> None:
    for ascii_only in (True, False):
        body = json.dumps({"instances": rows}, ensure_ascii=ascii_only)
        quick, strict = both(body, MixedReader(InputSchema(MIXED)))
        assert quick == strict


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("place", [0, 1, 500, 998, 999])
def test_only_the_first_wrong_row_is_read_strictly(
    monkeypatch: pytest.MonkeyPatch, wrong: str, place: int
) -> None:
    strict: list[str] = []

    def count_row(value: object, location: str, schema: InputSchema) -> list[float]:
        strict.append(location)
        return read_row(value, location, schema)

    monkeypatch.setattr(long_rows, "read_row", count_row)
    rows = ["[1,2]"] * 1000
    rows[place] = wrong
    with pytest.raises(InputError):
        NumericReader(SCHEMA).read(f'{{"instances":[{",".join(rows)}]}}'.encode())
    assert {*strict} <= {f"instances[{number}]" for number in range(place - 1, place + 2)}


def test_rows_with_colons_in_strings_are_not_read_strictly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StrictBody, "read_row", lambda *_: pytest.fail("read strictly"))
    rows = [["a:b", 1], {"city": "\\u003a", "age": 2}] * 100
    body = json.dumps({"instances": rows}).encode()
    assert len(MixedReader(InputSchema(MIXED)).read(body).rows) == 200


@pytest.mark.parametrize("row", ["[1,2]", '{"\\u0077idth":1,"height":2}', "[1,2,3]"])
def test_too_many_rows_are_refused_before_the_others_are_read(row: str) -> None:
    body = '{"instances":[' + ",".join(["[1,2]"] * 1000 + [row] * 500_000)
    found = outcome(lambda: NumericReader(SCHEMA).read(body.encode()))
    if row == "[1,2,3]":
        assert found[:2] == ("wrong_feature_count", "instances[1000]")  # type: ignore[index]  # an error
    else:
        assert found[:2] == ("too_many_rows", "instances")  # type: ignore[index]  # an error
        assert "at most 1000 rows" in found[2]  # type: ignore[index]  # an error

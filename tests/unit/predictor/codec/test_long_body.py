"""The first wrong key or value of a long body is named before the body is decoded as a whole."""

import json

import pytest

from predictor.codec import strict_json
from predictor.codec.input_schema import InputSchema
from predictor.codec.long_body import refuse_long_body
from predictor.codec.strict_json import LONG
from shared.errors import InputError
from tests.support.models.toy import FEATURES, numbers_called

SCHEMA = InputSchema(numbers_called(FEATURES), max_rows=1000)
ROW = [1.0, 2.5]
ROWS = [ROW] * LONG
MANY = ROWS[:900]
TEXT = "x" * LONG
LIST = ["a"] * LONG


def refused(text: str, *around: int) -> tuple[str, str]:
    with pytest.raises(InputError) as found:
        refuse_long_body(text, SCHEMA, *around)
    return found.value.code, str(found.value)


@pytest.mark.parametrize(
    ("body", "code", "said"),
    [
        ({"rows": ROWS}, "unknown_key", "found 'rows'"),
        ({"id": TEXT, TEXT: 1}, "unknown_key", "The body may only contain"),
        ({"features": [*ROW, LIST]}, "wrong_feature_count", "found more than 2"),
        ({"instances": [*MANY, [1, "x"]]}, "not_a_number", "instances[900]"),
        ({"instances": ROWS}, "too_many_rows", "1000"),
        ({"instances": dict.fromkeys(map(str, range(LONG)))}, "invalid_request", "found an object"),
        ({"instances": MANY, "ids": {TEXT: 1}}, "invalid_id", "ids must be a list"),
        ({"instances": MANY, "id": LIST}, "invalid_id", "id must be a string"),
        ({"ids": [LIST], "instances": [ROW]}, "invalid_id", "id must be a string"),
        ({"ids": LIST, "instances": [ROW]}, "invalid_id", "found more than 1000"),
        (LIST, "invalid_request", "must be a JSON object"),
    ],
)
def test_the_first_mistake_is_named(body: object, code: str, said: str) -> None:
    found = refused(json.dumps(body))
    assert found[0] == code
    assert said in found[1]


def test_a_second_value_of_a_key_is_named() -> None:
    code, said = refused(f'{{"id": "a", "features": {json.dumps(ROW)}, "id": "{TEXT}"}}')
    assert code == "duplicate_key"
    assert "'id'" in said


@pytest.mark.parametrize(
    "body",
    [
        {"features": ROW, "id": TEXT},
        {"instances": MANY, "ids": LIST[:900]},
        {"ids": LIST[:900], "instances": MANY},
        TEXT,
    ],
)
def test_long_values_without_a_mistake_of_kind_pass(body: object) -> None:
    refuse_long_body(json.dumps(body), SCHEMA)


@pytest.mark.parametrize("body", [[1] * 2 * LONG, {"id": [1] * 2 * LONG}])
def test_only_the_start_of_a_long_flat_list_is_decoded(
    body: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded, decode = list[str](), strict_json.decode_value

    def note(text: str, at: int) -> tuple[object, int]:
        decoded.append(text)
        return decode(text, at)

    monkeypatch.setattr(strict_json, "decode_value", note)
    refused(json.dumps(body))
    assert max(len(text) for text in decoded if text.startswith("[")) == LONG


@pytest.mark.parametrize("sign", ["[", '{"a":'])
def test_a_long_value_that_is_nested_too_deeply_is_found(sign: str) -> None:
    with pytest.raises(RecursionError):
        refuse_long_body(f'{{"id": {sign * 4 * LONG}', SCHEMA)


@pytest.mark.parametrize("end", ["", "]", "]}", ', "x'])
def test_broken_json_is_left_to_the_decoder(end: str) -> None:
    refuse_long_body(f'{{"instances": {json.dumps(MANY)[:-1]}{end}', SCHEMA)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("", f', "more": "{TEXT}"', "unknown_key"),
        ("", f', "instances": "{TEXT}"', "duplicate_key"),
        (f'"ids": {json.dumps(LIST)}, ', "", "invalid_id"),
        ('"ids": ["a"], ', f', "ids": "{TEXT}"', "duplicate_key"),
    ],
)
def test_mistakes_around_rows_that_were_read_are_named(before: str, after: str, code: str) -> None:
    begin = f'{{{before}"instances": ['
    text = f"{begin}[1, 2]]{after}}}"
    assert refused(text, len(begin), len(begin) + len("[1, 2]"))[0] == code

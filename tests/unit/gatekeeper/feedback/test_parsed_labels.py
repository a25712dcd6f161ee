"""Labels are read from JSON and CSV, and the first mistake is named with its place."""

import json

import pytest

from gatekeeper.feedback.csv_labels import ColumnNames, parse_csv
from gatekeeper.feedback.json_labels import parse_json
from gatekeeper.feedback.received_label import MAX_LABELS, name_meaning
from shared.errors import InvalidFeedbackError, TooManyLabelsError

OWN = ColumnNames("customer", "bought")


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (b"id,label\na,yes\nb,no\n", [("a", "yes"), ("b", "no")]),
        (b"\xef\xbb\xbflabel,id\r\nyes,a\r\n", [("a", "yes")]),
        (b"bought,region,customer\n1,north,17\n", [("17", "1")]),
        (b"key,label\n17,1.5\n", [("17", "1.5")]),
        (b'id,label\n"a,""b""\nc",yes\n\n', [('a,"b"\nc', "yes")]),
        (b"id, label\norder 17, yes \n order 18\t,no\n", [("order 17", "yes"), ("order 18", "no")]),
        (b"id,label", []),
    ],
    ids=["as documented", "bom and crlf", "own columns", "row key", "quoted", "blanks", "no rows"],
)
def test_a_table_is_read_by_the_names_of_its_columns(
    table: bytes, expected: list[tuple[str, str]]
) -> None:
    assert parse_csv(table, OWN) == expected


def test_names_of_columns_are_compared_as_the_trainer_reads_them() -> None:
    """A Mac may write an accent as a character of its own."""
    names = ColumnNames("order no", "caf\u00e9")
    assert parse_csv("\u200border  no,cafe\u0301\n1,a\n".encode(), names) == [("1", "a")]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (b"", "The body is empty"),
        (b"id;label\na;1\n", "no column for the id: id;label. Expected one of `id` or `key`"),
        (b"id,customer,label\n", "several columns for the id"),
        (b"id,value\n", "no column for the label: id, value. Expected one of `label` or `bought`"),
        (b"id,label\na,1\nb,\n", "Line 3: the label is ''"),
        (b"id,label\n,1\n", "Line 2: the id is ''"),
        (b"id,label\na, \n", "Line 2: the label is ''"),
        (b"id,label\na\n", "Line 2 does not fit the header: its number of fields is 1"),
        (b'id,label\na,"x\n', "Line 2 is not CSV"),
        (b"id,label\na,\xff\n", "Line 2 is not UTF-8"),
        (b"id,label\n%b,1\n" % (b"a" * 161), "Line 2: the id is"),
        (b"id,label\na,%b\n" % (b"a" * 1001), "Line 2: the label has 1001 characters"),
    ],
)
def test_a_wrong_table_is_refused_with_the_line(table: bytes, message: str) -> None:
    with pytest.raises(InvalidFeedbackError) as refused:
        parse_csv(table, OWN)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ({"id": "a", "label": "yes"}, ("a", "yes")),
        ({"id": "a", "label": True}, ("a", True)),
        ({"id": "a", "label": -1.5}, ("a", -1.5)),
        ({"key": 17, "label": 10**30}, ("17", 10**30)),
        ({"key": 17.0, "label": 0}, ("17", 0)),
        ({"key": "17", "label": 0}, ("17", 0)),
    ],
)
def test_an_entry_is_an_id_or_a_row_key_with_a_label(
    entry: dict[str, object], expected: tuple[str, object]
) -> None:
    assert parse_json(json.dumps([entry]).encode()) == [expected]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "not strict JSON"),
        ('{"id": "a", "label": 1}', "The body is not a list"),
        ("[1]", "Entry 1 of the list is not an object"),
        ('[{"id": "a", "label": 1}, {"id": "b"}]', "Entry 2 of the list has id"),
        ('[{"id": "a", "key": "a", "label": 1}]', "has id, key, label"),
        ('[{"id": 1, "label": 1}]', "the id is 1; expected a string"),
        ('[{"key": true, "label": 1}]', "the id is True"),
        ('[{"key": 1%s, "label": 1}]' % ("0" * 320), "the id is '1000"),
        ('[{"id": "a", "label": null}]', "the label is null"),
        ('[{"id": "a", "label": [1]}]', "the label is [1]"),
        ('[{"id": "a", "label": NaN}]', "not strict JSON"),
        ('[{"id": "a", "label": 1e999}]', "not strict JSON"),
        ('[{"id": "a", "id": "b", "label": 1}]', "the same key twice"),
        (r'[{"id": "\ud800", "label": 1}]', "not strict JSON"),
        ("[" * 10_000, "not strict JSON"),
    ],
)
def test_a_wrong_list_is_refused_with_the_entry(body: str, message: str) -> None:
    with pytest.raises(InvalidFeedbackError) as refused:
        parse_json(body.encode())
    assert message in str(refused.value)


def test_more_labels_than_allowed_are_refused_before_they_are_decoded() -> None:
    with pytest.raises(TooManyLabelsError, match="more labels"):
        parse_json(b"," * (4 * MAX_LABELS + 1))
    with pytest.raises(TooManyLabelsError, match=f"{MAX_LABELS + 1} labels"):
        parse_json(b"[" + b",".join([b"1"] * (MAX_LABELS + 1)) + b"]")
    with pytest.raises(TooManyLabelsError):
        parse_csv(b"id,label\n" + b"a,1\n" * (MAX_LABELS + 1), OWN)


def test_labels_with_one_meaning_have_one_name() -> None:
    assert len({name_meaning(value) for value in (1, 1.0, "1", "1.0", " 1")}) == 1
    assert len({name_meaning(value) for value in (True, "true", "True")}) == 1
    assert len({name_meaning(value) for value in ("1_0", 10, True, "yes", "Yes", 10**400)}) == 6

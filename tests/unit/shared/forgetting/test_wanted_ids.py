"""Ids are read as they are written, and many of them are as fast as one."""

import json

import pytest

from shared.errors import DeletionError
from shared.forgetting.wanted_ids import WantedIds, parse_ids
from tests.support.python_steps import count_python_steps


def lines_of(*values: object) -> bytes:
    """Return lines with the id "other", which have *values*."""
    rows = ({"id": "other", "features": {"x": value}} for value in values)
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def test_many_ids_take_no_more_steps_than_one() -> None:
    lines = lines_of(*range(200)) + b'{"id": "person-7"}\n'

    def look_for(wanted: WantedIds) -> None:
        scan = wanted.scan(lines)
        mentioned = wanted.count_mentions(scan.kept)
        assert (scan.found, mentioned, len(scan.kept.splitlines())) == (1, 0, 200)

    one = WantedIds(["person-7"])
    many = WantedIds(f"person-{number}" for number in range(2_000))
    assert count_python_steps(lambda: look_for(many)) == count_python_steps(lambda: look_for(one))


@pytest.mark.parametrize("odd", ["jane.doe", 'quo"ted', "back\\slash", "new\nline", "ümlaut 名"])
def test_only_lines_with_a_whole_value_like_an_id_are_counted(odd: str) -> None:
    wanted = WantedIds([odd, "jane"])
    whole = lines_of(odd, ["jane", "jane"])
    assert wanted.count_mentions(whole + lines_of(f"{odd}2", f'"{odd}" \\', 7)) == 2


def test_only_line_feeds_end_an_id_of_a_file() -> None:
    names = [f"a{separator}b" for separator in "\u2028\u2029\u0085\v\f\x1c\x1d\x1e"]
    data = "\r\n".join(["\ufeffa b", *names, "", '" c\\n"']) + "\n"
    assert parse_ids(data.encode(), "ids.txt") == ["a b", *names, " c\n"]


@pytest.mark.parametrize("line", ["jane ", "\tjane", "jane\u2028", " ", "jane\r\r", "a\rb", '"a" '])
def test_a_line_with_white_space_around_an_id_is_refused_by_number(line: str) -> None:
    with pytest.raises(DeletionError, match=r"^Line 2 of ids\.txt .* JSON string"):
        parse_ids(f"a\r\n{line}\nb".encode(), "ids.txt")


def test_an_id_that_no_line_can_contain_is_not_found() -> None:
    wanted = WantedIds(["\ud800"])
    assert wanted.count_mentions(lines_of("a")) == 0

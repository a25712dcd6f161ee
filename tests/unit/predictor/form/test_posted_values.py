"""A text of a form becomes a JSON value in time that grows with its length only."""

import re
import time

import pytest

from predictor.codec.input_schema import InputSchema
from predictor.form.posted_values import find_mistakes, read_texts, write_body
from shared.contract.documents import Feature

NUMBER = (Feature(name="width", type="number"),)


@pytest.mark.parametrize("text", ["1" * 20_000 + "x", "1" * 1_001])
def test_a_very_long_text_is_soon_known_to_be_no_number(text: str) -> None:
    begin = time.thread_time()
    assert text.encode() in write_body([text], NUMBER)
    mistakes = find_mistakes([text], InputSchema(NUMBER))
    assert time.thread_time() - begin < 1.0, "processor time, also on a busy machine"
    assert mistakes[0].startswith("Must be a number; found '11")


@pytest.mark.parametrize("text", ["0", "-1", "+1.", ".5", "1.5e3", "1E-3", "0." + "3" * 900])
def test_each_spelling_of_a_number_is_a_number(text: str) -> None:
    assert str(float(text)).encode() in write_body([text], NUMBER)
    assert find_mistakes([text], InputSchema(NUMBER)) == {}


LINES = ("\rc\n\nd\r\n", "a", "a\n", "a\nb", "a\x0bb", "a b")
NOTE = (Feature(name="note", type="category", categories=LINES),)


@pytest.mark.parametrize("category", LINES)
def test_a_category_keeps_its_line_ends_through_a_browser(category: str) -> None:
    sent = re.sub("\r\n|\r|\n", "\r\n", category)
    assert read_texts({"f0": sent}, NOTE) == [category]
    assert read_texts({"f0": category}, NOTE) == [category]


def test_an_unknown_text_has_the_line_ends_that_its_field_shows() -> None:
    assert read_texts({"f0": "a\r\n\r\nb"}, NOTE) == ["a\n\nb"]

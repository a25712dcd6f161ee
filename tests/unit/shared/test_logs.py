"""One line a message, for people or for machines."""

import json
import logging
import sys

import pytest

from shared.logs import JsonFormatter, TextFormatter


@pytest.fixture
def record() -> logging.LogRecord:
    try:
        raise ValueError("inside")
    except ValueError:
        made = logging.LogRecord(
            "gate", logging.INFO, __file__, 1, "decided %d", (7,), sys.exc_info()
        )
    made.version = 3
    return made


def test_json_is_one_object_with_the_extra_fields(record: logging.LogRecord) -> None:
    line = JsonFormatter().format(record)
    content = json.loads(line)
    assert "\n" not in line
    assert (content["level"], content["message"], content["version"]) == ("INFO", "decided 7", 3)
    assert "ValueError: inside" in content["exception"]


def test_text_begins_with_time_level_and_logger(record: logging.LogRecord) -> None:
    line = TextFormatter().format(record).splitlines()[0]
    assert line[10] == "T"
    assert line.endswith("Z INFO    gate: decided 7 version=3")

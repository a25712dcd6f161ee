import json
import shlex

import pytest

from deploy.local.welcome import greeting, url_of


def test_the_curl_asks_the_question_that_was_just_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STORE_DIR", raising=False)
    question = {"features": {"mean radius": 17.99, "it's": 1.0, "Größe": 2.0}}
    answer = {"model_name": "forest", "model_version": 3}
    text = greeting(question, answer, "http://127.0.0.1:8000", "http://127.0.0.1:8001")
    (line,) = (line for line in text.splitlines() if "curl" in line)
    command = shlex.split(line)
    assert command[-3:-1] == ["http://127.0.0.1:8000/predict", "-d"]
    assert json.loads(command[-1]) == question
    assert "Größe" in line
    assert "forest, version 3" in text
    assert "http://127.0.0.1:8001/docs" in text
    assert "STORE_DIR" not in text


def test_commands_name_a_store_that_is_not_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORE_DIR", "my stores/one")
    answer = {"model_name": "forest", "model_version": 1}
    text = greeting({}, answer, "http://127.0.0.1:8000", "http://127.0.0.1:8001")
    assert "make retrain STORE_DIR='my stores/one'" in text


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - what a user may set
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_an_address_that_is_listened_on_becomes_one_to_open(host: str, url: str) -> None:
    assert url_of(host, 8000) == url

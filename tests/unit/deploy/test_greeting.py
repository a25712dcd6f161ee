"""The greeting shows addresses and commands that a user can paste."""

import json
import shlex

from deploy.greeting import Greeting

LOCAL = ("http://127.0.0.1:8000", "http://127.0.0.1:8001")


def test_the_curl_sends_the_request_that_was_just_answered() -> None:
    request = {"features": {"mean radius": 17.99, "it's": 1.0, "Größe": 2.0}}
    response = {"model_name": "forest", "model_version": 3}
    text = Greeting(*LOCAL, stop="Ctrl-C").text((request, response))
    (line,) = (line for line in text.splitlines() if "curl" in line)
    command = shlex.split(line)
    assert command[-3:-1] == ["http://127.0.0.1:8000/predict", "-d"]
    assert json.loads(command[-1]) == request
    assert "Größe" in line
    assert "forest, version 3" in text
    assert "http://127.0.0.1:8001/docs" in text
    assert "Ctrl-C stops everything." in text
    assert "STORE_DIR" not in text


def test_commands_name_a_store_that_is_not_the_default() -> None:
    response = {"model_name": "forest", "model_version": 1}
    text = Greeting(*LOCAL, stop="Ctrl-C", store="my stores/one").text(({}, response))
    assert "make retrain STORE_DIR='my stores/one'" in text


def test_with_tls_and_keys_the_curl_has_the_options_that_it_needs() -> None:
    response = {"model_name": "forest", "model_version": 1}
    urls = ("https://127.0.0.1:8000", "https://127.0.0.1:8001")
    text = Greeting(*urls, stop="Ctrl-C", needs_key=True).text(({}, response))
    key = '-H "Authorization: Bearer $PREDICTOR_API_KEY"'
    assert f"curl -s --insecure {key} https://127.0.0.1:8000/predict -d" in text
    published = Greeting("https://models.example.com", urls[1], stop="Ctrl-C")
    assert "curl -s https://models.example.com/predict -d" in published.text(({}, response))


def test_without_a_key_it_says_how_to_get_one() -> None:
    text = Greeting(*LOCAL, stop="Ctrl-C", needs_key=True).text(None)
    assert "Modelgate is up.\n" in text
    assert "`./modelgate api-key NAME FILE`" in text
    assert "curl" not in text

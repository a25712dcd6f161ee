"""The predictor's container prints the published addresses when it serves a model."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.http.fake_server import FakeService, fake_server
from tests.support.sweep import sweep

ANSWERS = {
    "/readyz": {"ready": True},
    "/model": {"example": [1.5, "red"]},
    "/predict": {"model_name": "forest", "model_version": 3},
}


class _Predictor(FakeService):
    def answer(self) -> None:
        self.reply(200, json.dumps(ANSWERS[self.path]).encode())


@pytest.fixture
def port() -> Iterator[int]:
    with fake_server(_Predictor) as port:
        yield port


def output(port: int, **variables: str) -> str:
    """Launch a predictor that only prints its version, and return all that is printed."""
    environment = {
        **os.environ,
        "PREDICTOR_PORT": str(port),
        "PREDICTOR_PUBLISHED": "0.0.0.0:19200",
        "GATEKEEPER_PUBLISHED": "127.0.0.1:19201",
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-m", "deploy.containers.launch", "predictor", "--help"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_the_addresses_are_those_of_the_users_machine(port: int) -> None:
    said = output(port)
    assert "forest, version 3" in said
    assert "curl -s http://127.0.0.1:19200/predict -d" in said
    assert '{"features": [1.5, "red"]}' in said
    assert "overview     http://127.0.0.1:19201/" in said
    assert "`make down` stops everything." in said


@pytest.mark.parametrize(
    "variables",
    sweep(
        {"programs": {"LOG_FORMAT": "json"}, "containers": {"GATEKEEPER_PUBLISHED": ""}},
        "programs",
    ),
)
def test_programs_that_read_the_log_and_other_containers_get_no_greeting(
    port: int, variables: dict[str, str]
) -> None:
    assert "curl" not in output(port, **variables)

"""Starting the server reports the URL that it listens on."""

import logging
import socket

import pytest
import uvicorn

from predictor.server import serve
from predictor.settings import PredictorSettings


class FakeListener(socket.socket):
    """A listening IPv6 socket; the machine itself may have no IPv6."""

    def getsockname(self) -> tuple[str, int, int, int]:
        return ("::1", 8000, 0, 0)


def test_the_log_has_brackets_around_an_ipv6_address(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_arguments, **_options: None)
    with FakeListener() as listener, caplog.at_level(logging.INFO, "predictor.server"):
        serve(PredictorSettings(), listener)
    assert "Listening on http://[::1]:8000 with 1 workers" in caplog.messages

"""A gatekeeper over HTTP in a thread of the tests: it starts no process and scores quickly."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import uvicorn

from gatekeeper.api import service
from gatekeeper.app import create_app
from gatekeeper.settings import GatekeeperSettings
from shared.http.limits_protocol import LimitsProtocol
from shared.http.listening import listener_url, open_listener
from shared.settings import CommonSettings, load_settings
from tests.support.processes.wait_until import wait_for
from tests.support.stores.gatekeeping import HereEvaluator, clean_environment


@dataclass(frozen=True)
class GatekeeperThread:
    """A gatekeeper that listens on a free port."""

    url: str
    server: uvicorn.Server
    thread: threading.Thread

    def stop(self) -> None:
        """Stop it in order and wait for its end."""
        self.server.should_exit = True
        self.thread.join()


@contextmanager
def gatekeeper_thread(store_dir: Path, **variables: object) -> Iterator[GatekeeperThread]:
    """Start a gatekeeper for trusted models. Stop it at the end."""
    environment = clean_environment(store_dir, **variables)
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        mock.patch.object(service, "ProcessEvaluator", return_value=HereEvaluator()),
    ):
        app = create_app(load_settings(GatekeeperSettings), load_settings(CommonSettings))
    listener = open_listener("127.0.0.1", 0, "GATEKEEPER_")
    config = uvicorn.Config(
        app, http=LimitsProtocol, log_config=None, access_log=False, lifespan="on", ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    running = GatekeeperThread(listener_url(listener), server, thread)
    thread.start()
    try:
        wait_for(lambda: server.started or not thread.is_alive(), "the gatekeeper to listen")
        assert server.started
        yield running
    finally:
        running.stop()
        listener.close()

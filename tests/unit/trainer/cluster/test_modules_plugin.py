"""The user's modules come to the scheduler and to all workers."""

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from distributed import Client, LocalCluster

from trainer.cluster.modules_plugin import send_modules
from trainer.cluster.user_modules import UserModules, install_modules

NAME = "modelgate_sent_objective"


@pytest.fixture
def client() -> Iterator[Client]:
    with (
        LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=False,
            memory_limit=0,
            dashboard_address="127.0.0.1:0",
        ) as local,
        Client(local, set_as_default=False, timeout=60) as connected,
    ):
        yield connected
    sys.modules.pop(NAME, None)
    install_modules(UserModules())  # this process is the scheduler and the worker


def read_value() -> Any:
    return importlib.import_module(NAME).VALUE


def test_a_sent_module_can_be_imported_by_scheduler_and_worker(client: Client) -> None:
    for value in (3, 4):
        send_modules(client, UserModules({f"{NAME}.py": f"VALUE = {value}".encode()}))

        assert client.run_on_scheduler(read_value) == value
        assert list(client.run(read_value).values()) == [value]

"""The user's modules come to the scheduler and to all workers."""

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from distributed import Client, LocalCluster

from shared.errors import ClusterError
from trainer.cluster import modules_plugin
from trainer.cluster.connection import Cluster
from trainer.cluster.modules_plugin import send_modules
from trainer.cluster.user_modules import UserModules, install_modules

NAME = "modelgate_sent_objective"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with (
        LocalCluster(
            n_workers=1,
            threads_per_worker=1,
            processes=False,
            memory_limit=0,
            dashboard_address="127.0.0.1:0",
        ) as local,
        Client(local, set_as_default=False, timeout=60) as client,
    ):
        yield Cluster(client, "tcp://scheduler:8786")
    sys.modules.pop(NAME, None)
    install_modules(UserModules())  # this process is the scheduler and the worker


def read_value() -> Any:
    return importlib.import_module(NAME).VALUE


def test_a_sent_module_can_be_imported_by_scheduler_and_worker(cluster: Cluster) -> None:
    for value in (3, 4):
        send_modules(cluster, UserModules({f"{NAME}.py": f"VALUE = {value}".encode()}))

        assert cluster.client.run_on_scheduler(read_value) == value
        assert list(cluster.client.run(read_value).values()) == [value]


def test_a_scheduler_without_the_code_of_the_trainer_is_one_sentence(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_modules: UserModules) -> None:
        raise ModuleNotFoundError("No module named 'trainer'")

    monkeypatch.setattr(modules_plugin, "install_modules", fail)

    with pytest.raises(ClusterError) as caught:
        send_modules(cluster, UserModules())
    assert str(caught.value).startswith(
        "The Dask scheduler of TRAINER_DASK=tcp://scheduler:8786 or one of its workers cannot "
        "install the modules of the run (ModuleNotFoundError: No module named 'trainer'"
    )


def test_a_lost_scheduler_is_named(cluster: Cluster) -> None:
    cluster.client.close()

    with pytest.raises(ClusterError, match=r"tcp://scheduler:8786 was lost during the fits\."):
        send_modules(cluster, UserModules())

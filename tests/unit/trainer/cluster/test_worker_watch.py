"""A run whose workers have all ended says so. It goes on with a new one, or ends in time."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from sklearn.linear_model import LogisticRegression

from shared.errors import ClusterError
from tests.support.processes.wait_until import wait_for
from tests.support.tables.tables import SCHEMA, blob_parts
from trainer.cluster import worker_watch
from trainer.cluster.connection import Cluster
from trainer.cluster.trial_pool import DaskTrialPool
from trainer.cluster.worker_watch import watch_workers
from trainer.console import Console
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import Trial, TrialContext
from trainer.fitting.trial_pool import TrialPool
from trainer.partitions.cluster_tasks import run_on_parts

CONTEXT = TrialContext(blob_parts(), SCHEMA, "f1", seed=42)
SAID = "All Dask workers have ended, perhaps for lack of memory. Waiting"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    from distributed import Client, LocalCluster  # noqa: PLC0415 - slow to import

    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0"
        ) as local,
        Client(local, set_as_default=False, timeout=60) as client,
    ):
        yield Cluster(client, "tcp://scheduler:8786")


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_watch, "_LOOK_SECONDS", 0.02)
    monkeypatch.setattr(worker_watch, "_SAY_SECONDS", 0.1)


def end_all_workers(cluster: Cluster) -> None:
    cluster.client.cluster.scale(0)
    wait_for(lambda: not cluster.list_workers(), "the end of all workers")


def fit(cluster: Cluster, output: io.StringIO, meanwhile: Any = lambda: None) -> Trial:
    """Fit on a cluster whose workers end after they have got the rows."""

    def make_pool(context: TrialContext, _: int) -> TrialPool:
        pool = DaskTrialPool(cluster, None, context)
        end_all_workers(cluster)
        return pool

    console = Console(output)
    table = {"linear": LogisticRegression()}
    with watch_workers(cluster, console):
        (trial,) = fit_candidates(table, CONTEXT, console, meanwhile, make_pool)
    return trial


def test_a_run_goes_on_when_a_worker_comes(cluster: Cluster) -> None:
    output = io.StringIO()

    def start_a_worker() -> None:
        wait_for(lambda: SAID in output.getvalue(), "the line")
        cluster.client.cluster.scale(1)

    trial = fit(cluster, output, start_a_worker)

    assert trial.fitted is not None
    assert f"{SAID} 5 min 0 s for another worker ...\n" in output.getvalue()


def test_a_search_without_workers_ends_in_time(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_watch, "_PATIENCE_SECONDS", 1.0)

    with pytest.raises(ClusterError, match="tcp://scheduler:8786 have ended, and none came within"):
        fit(cluster, io.StringIO())


def test_the_reading_of_parts_without_workers_ends_in_time(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_watch, "_PATIENCE_SECONDS", 1.0)
    console = Console(io.StringIO())
    end_all_workers(cluster)

    with watch_workers(cluster, console), pytest.raises(ClusterError, match="and none came within"):
        run_on_parts(cluster, console, "Reading the data", abs, [(1,), (2,)])


def test_a_fit_on_several_workers_ends_when_one_of_them_has_ended(cluster: Cluster) -> None:
    from distributed.client import FutureCancelledError  # noqa: PLC0415 - slow to import

    cluster.needed = frozenset(cluster.list_workers())
    never = cluster.client.submit(abs, 1, workers=["tcp://127.0.0.1:9"])

    with watch_workers(cluster, Console(io.StringIO())):
        end_all_workers(cluster)
        with pytest.raises(FutureCancelledError):
            never.result(timeout=60)

    assert cluster.failure is None


def test_a_fit_goes_on_that_begins_with_a_new_worker_during_a_look(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_workers, new, looks = cluster.list_workers, "tcp://127.0.0.1:9", [0]
    never = cluster.client.submit(abs, 1, workers=[new])

    def begin_a_fit() -> set[str]:
        """List the workers; the new one comes, and the fit begins, after the first list."""
        looks[0] += 1
        workers = list_workers()
        if looks[0] > 1:
            return workers | {new}
        cluster.needed = frozenset(workers | {new})
        return workers

    monkeypatch.setattr(cluster, "list_workers", begin_a_fit)
    with watch_workers(cluster, Console(io.StringIO())):
        wait_for(lambda: looks[0] > 2, "the next looks")

    assert never.status == "pending"
    assert cluster.needed

"""Trials on a cluster give what trials in threads give. The cluster here is in this process."""

import io
import threading
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

from shared.errors import ClusterError, WorkersDifferError
from tests.support.processes.wait_until import wait_for
from tests.support.tables.tables import SCHEMA, blob_parts
from tests.unit.trainer.estimators import Failing
from trainer.cluster import connection
from trainer.cluster.connection import Cluster, open_cluster
from trainer.cluster.remote_trial import SharedState, count_threads, run_remote_trial
from trainer.cluster.trial_pool import DaskTrialPool
from trainer.cluster.user_modules import UserModules
from trainer.cluster.versions import own_versions
from trainer.console import Console
from trainer.fitting.candidate_search import fit_candidates
from trainer.fitting.trial import Trial, TrialContext
from trainer.fitting.trial_pool import MakePool, ThreadTrialPool

CONTEXT = TrialContext(blob_parts(), SCHEMA, "f1", seed=42, search=3)
TABLE = {
    "linear": (LogisticRegression(), {"C": [0.01, 0.1, 1.0, 10.0]}),
    "forest": (RandomForestClassifier(10), {"max_depth": [1, 2, 3]}),
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    from distributed import Client, LocalCluster  # noqa: PLC0415 - slow to import

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address="127.0.0.1:0"
        ) as local,
        Client(local, set_as_default=False) as client,
    ):
        yield Cluster(client, "tcp://scheduler:8786")


@pytest.fixture
def on_cluster(cluster: Cluster) -> MakePool:
    return lambda context, _: DaskTrialPool(cluster, None, context)


def fit(
    table: dict[str, Any], make_pool: MakePool, output: io.StringIO | None = None
) -> list[Trial]:
    console = Console(output or io.StringIO())
    return fit_candidates(table, CONTEXT, console, make_pool=make_pool)


def test_the_results_are_those_of_threads(on_cluster: MakePool) -> None:
    texts = io.StringIO(), io.StringIO()

    here, there = (
        fit(TABLE, pool, text)
        for pool, text in zip((ThreadTrialPool, on_cluster), texts, strict=True)
    )

    for one, other in zip(here, there, strict=True):
        assert one.fitted is not None
        assert other.fitted is not None
        assert replace_seconds(one) == replace_seconds(other)
        first, second = one.fitted.validation.probabilities, other.fitted.validation.probabilities
        assert first is not None
        assert second is not None
        assert np.array_equal(first, second)
    searched = [line for line in texts[0].getvalue().splitlines() if "Searched" in line]
    assert searched == [line for line in texts[1].getvalue().splitlines() if "Searched" in line]


def replace_seconds(trial: Trial) -> Any:
    return trial.result.model_copy(update={"fit_seconds": 0.0})


def test_a_fit_that_raises_is_recorded_and_the_other_still_wins(on_cluster: MakePool) -> None:
    broken, linear = fit({"broken": Failing(), "linear": LogisticRegression()}, on_cluster)

    assert "rows are too many (estimators.py, line" in str(broken.result.error)
    assert linear.fitted is not None


class Warned(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Its fit warns."""

    def fit(self, X: Any, y: Any) -> Self:
        warnings.warn("these rows look odd", UserWarning, stacklevel=2)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X), dtype=int)


def test_warnings_of_a_worker_are_notes(on_cluster: MakePool) -> None:
    output = io.StringIO()

    fit({"warning": Warned()}, on_cluster, output)

    assert output.getvalue().count("note: UserWarning: these rows look odd") == 1


class Locked(Warned):
    """It cannot be pickled once it is fitted."""

    def fit(self, X: Any, y: Any) -> Self:
        self.classes_ = np.unique(y)
        self.lock_ = threading.Lock()
        return self


def test_a_fit_that_cannot_be_pickled_is_excluded_with_the_reason(on_cluster: MakePool) -> None:
    (locked,) = fit({"locked": Locked()}, on_cluster)

    assert "cannot be pickled" in str(locked.result.error)


def test_rows_that_all_workers_have_lost_are_sent_again(cluster: Cluster) -> None:
    sent = []

    class Losing(DaskTrialPool):
        def _send(self) -> Any:
            sent.append(super()._send())
            if len(sent) == 1:
                cluster.client.cancel([sent[0]], force=True)
                wait_for(lambda: sent[0].status == "cancelled", "the loss")
            return sent[-1]

    (linear,) = fit(
        {"linear": LogisticRegression()}, lambda context, _: Losing(cluster, None, context)
    )

    assert linear.fitted is not None
    assert len(sent) == 2


class Waiting(Warned):
    """Its fit ends when the test allows it."""

    begun = threading.Event()
    may_end = threading.Event()

    def fit(self, X: Any, y: Any) -> Self:
        self.begun.set()
        self.may_end.wait(60)
        self.classes_ = np.unique(y)
        return self


def test_a_stopped_search_leaves_no_trial_behind(cluster: Cluster, on_cluster: MakePool) -> None:
    def interrupt() -> None:
        assert Waiting.begun.wait(60)
        raise KeyboardInterrupt

    table = {f"waiting {number}": Waiting() for number in range(6)}
    with pytest.raises(KeyboardInterrupt):
        fit_candidates(
            table, CONTEXT, Console(io.StringIO()), meanwhile=interrupt, make_pool=on_cluster
        )

    Waiting.may_end.set()
    wait_for(lambda: not cluster.client.cluster.scheduler.tasks, "an empty scheduler")


def test_workers_with_other_versions_are_refused_before_a_fit(
    cluster: Cluster, on_cluster: MakePool, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = {**own_versions(), "scikit-learn": "9.9"}
    monkeypatch.setattr(connection, "own_versions", lambda: wanted)

    with pytest.raises(WorkersDifferError) as refused:
        fit(TABLE, on_cluster)

    for worker in cluster.client.scheduler_info()["workers"]:
        assert f"{worker} has scikit-learn " in str(refused.value)
    assert not cluster.client.cluster.scheduler.tasks


def test_a_worker_that_joins_later_with_other_versions_fits_nothing() -> None:
    state = SharedState(CONTEXT, UserModules(), {"numpy": "0.1"}, count_threads())

    with pytest.raises(WorkersDifferError, match="numpy .* instead of 0.1"):
        run_remote_trial(state, b"")


def test_no_scheduler_is_one_sentence_with_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_CONNECT_SECONDS", 0.2)

    with (
        pytest.raises(ClusterError, match="No Dask scheduler answers at TRAINER_DASK=tcp://127"),
        open_cluster("tcp://127.0.0.1:9", Console(io.StringIO())),
    ):
        raise AssertionError


def test_a_scheduler_without_workers_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster  # noqa: PLC0415 - slow to import

    monkeypatch.setattr(connection, "_WORKER_SECONDS", 0.2)
    with (
        LocalCluster(
            n_workers=0,
            processes=False,
            dashboard_address="127.0.0.1:0",
            protocol="tcp://",
            host="127.0.0.1",
        ) as empty,
        pytest.raises(ClusterError, match="has no worker, also after 0.2 s"),
        open_cluster(empty.scheduler_address, Console(io.StringIO())),
    ):
        raise AssertionError


def test_the_holdout_stays_with_the_trainer(cluster: Cluster) -> None:
    pool = DaskTrialPool(cluster, None, replace(CONTEXT))

    assert len(pool._state.context.splits.holdout.rows) == 0
    pool.stop()

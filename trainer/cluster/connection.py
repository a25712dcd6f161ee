"""Connect to a Dask cluster, or start one on this machine. Only this room imports Dask."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from shared.errors import ClusterError, SettingsError
from trainer.cluster.versions import Versions, own_versions, report_versions, require_equal
from trainer.console import Console

if TYPE_CHECKING:
    from distributed import Client

_LOCAL = "local:"
_NOISY = {"asyncio", "distributed", "tornado"}
_CONNECT_SECONDS = 10
_WORKER_SECONDS = 60
_CLOSE_SECONDS = 5
CONNECTION_LOST = "scheduler-connection-lost"
"""The reason of tasks that Dask cancels when the scheduler is gone."""


class Cluster:
    """A connection to a scheduler that has workers like this process."""

    def __init__(self, client: "Client", address: str) -> None:
        self.client = client
        self.address = address
        """As TRAINER_DASK names it."""
        self.failure: ClusterError | None = None
        """Why the run cannot go on, although the scheduler answers."""
        self.needed = frozenset[str]()
        """The workers of the fit that runs. It cannot end if one of them has ended."""

    def list_workers(self) -> set[str]:
        """Return the addresses of all workers; raise ClusterError if the scheduler is gone."""
        try:
            return set(self.client.nthreads())
        except (OSError, RuntimeError) as error:
            raise self.lost() from error

    def find_least_memory(self) -> int | None:
        """Return the bytes of the smallest limit of a worker; None if no worker has a limit."""
        workers = self.client.scheduler_info()["workers"].values()
        return min((w["memory_limit"] for w in workers if w["memory_limit"]), default=None)

    def give_up(self, failure: ClusterError) -> None:
        """Let all tasks of this run fail, so that each wait for them ends with *failure*."""
        self.failure = failure
        self.cancel_all()

    def cancel_all(self) -> None:
        """Let all tasks of this run fail with FutureCancelledError, without asking anybody."""
        self.client.loop.add_callback(self._cancel_all)

    def _cancel_all(self) -> None:
        for state in list(self.client.futures.values()):
            state.cancel(reason="no worker")

    def lost(self) -> ClusterError:
        """Return why the run ends: no worker came, or the scheduler is gone."""
        return self.failure or ClusterError(
            f"The Dask scheduler of TRAINER_DASK={self.address} was lost during the fits. Nothing "
            "was published. Start it again, then train again."
        )

    def require_same_versions(self) -> None:
        """Raise WorkersDifferError if a worker cannot run the same fits as this process.

        Dask's own report is compared first, because another Python cannot run our code.
        """
        wanted = own_versions()
        reported = self.client.get_versions()["workers"]
        require_equal(
            _keep(wanted, {"Python", "cloudpickle", "numpy", "pandas"}),
            {worker: _read_report(report) for worker, report in reported.items()},
        )
        found: Mapping[str, Any] = self.client.run(
            report_versions, tuple(wanted), on_error="return"
        )
        require_equal(
            wanted,
            {
                worker: f"cannot run the trainer's code ({versions})"
                if isinstance(versions, BaseException)
                else versions
                for worker, versions in found.items()
            },
        )


@contextmanager
def open_cluster(setting: str, console: Console) -> Iterator[Cluster]:
    """Yield the cluster that TRAINER_DASK names, with at least one worker.

    Raises SettingsError without the packages, and ClusterError without a scheduler or worker.
    """
    try:
        import distributed  # noqa: F401, PLC0415 - only a cluster needs it
    except ImportError as error:
        raise SettingsError(
            f"TRAINER_DASK={setting} needs Dask, which is not installed. Set DASK=true for "
            "`make run`, `make retrain` and `docker compose build`, or unset TRAINER_DASK."
        ) from error
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        _silence_logs()
    with ExitStack() as stack:
        console.show_progress("Connecting to the Dask cluster")
        cluster = Cluster(_connect(setting, stack), setting)
        console.show_progress("Waiting for a Dask worker")
        _wait_for_worker(cluster)
        yield cluster


def _silence_logs() -> None:
    """Log no errors of Dask and its libraries. They are raised, too, and shown as one sentence."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in _NOISY:
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _connect(setting: str, stack: ExitStack) -> "Client":
    from distributed import Client  # noqa: PLC0415 - as above

    target: Any = setting
    if setting.startswith(_LOCAL):
        target = _start_local(int(setting.removeprefix(_LOCAL)), stack)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about versions, which are compared later
            client = Client(target, timeout=_CONNECT_SECONDS)  # XGBoost wants the default
    except (OSError, ValueError, RuntimeError, TypeError) as error:
        reason = str(error).splitlines()[0].rstrip(".") if str(error) else type(error).__name__
        raise ClusterError(
            f"No Dask scheduler answers at TRAINER_DASK={setting}: {reason:.200}. Start one, or "
            "correct the address. With tls://, see docs/cluster.md for the certificates."
        ) from error
    stack.callback(_close, client)
    return client


def _start_local(workers: int, stack: ExitStack) -> Any:
    """Start processes on this machine. Only this user can connect to them: they have a secret."""
    from distributed import LocalCluster  # noqa: PLC0415 - as above

    cluster = LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address="127.0.0.1:0",
        security=True,
        silence_logs=logging.CRITICAL,
    )
    stack.callback(_close, cluster)
    return cluster


def _close(connection: Any) -> None:
    """Close a client or a local cluster. One that is slow to end does not hide another error."""
    with suppress(TimeoutError, OSError):
        connection.close(timeout=_CLOSE_SECONDS)


def _wait_for_worker(cluster: Cluster) -> None:
    from distributed import TimeoutError as DaskTimeoutError  # noqa: PLC0415 - as above

    try:
        cluster.client.wait_for_workers(1, timeout=_WORKER_SECONDS)
    except (DaskTimeoutError, TimeoutError) as error:
        raise ClusterError(
            f"The Dask scheduler of TRAINER_DASK={cluster.address} has no worker, also after "
            f"{_WORKER_SECONDS} s. Start workers, then train again."
        ) from error


def _keep(versions: Versions, names: set[str]) -> dict[str, str]:
    return {name: value for name, value in versions.items() if name in names}


def _read_report(report: Mapping[str, Any] | None) -> Versions | str:
    """Return the versions in Dask's own report of a worker."""
    if not report:
        return "does not report its versions"
    python = ".".join(str(report["host"]["python"]).split(".")[:2])
    return {"Python": python, **{k: str(v) for k, v in report["packages"].items()}}

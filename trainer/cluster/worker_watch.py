"""Watch whether the cluster still has a worker. A run without any says so, and ends in time."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from shared.errors import ClusterError
from trainer.cluster.connection import Cluster
from trainer.console import Console, show_seconds

_LOOK_SECONDS = 2.0
_SAY_SECONDS = 10.0
"""Seconds without a worker before a line says so: a nanny starts its worker again within them."""
_PATIENCE_SECONDS = 300.0
"""Seconds without a worker after which the run ends."""


@contextmanager
def watch_workers(cluster: Cluster, console: Console) -> Iterator[None]:
    """Watch the workers in a thread during the block. At its end, do not wait for the scheduler.

    A fit on several workers, which wait for each other, is cancelled when one of them has ended.
    """
    stopped = Event()
    Thread(
        target=_watch, args=(cluster, console, stopped), name="dask-workers", daemon=True
    ).start()
    try:
        yield
    finally:
        stopped.set()


def _watch(cluster: Cluster, console: Console, stopped: Event) -> None:
    """Look until the end. Seconds in which the scheduler does not answer do not count."""
    seconds, has_said = 0.0, False
    while not stopped.wait(_LOOK_SECONDS):
        needed = cluster.needed  # before the list: a worker that comes after it may be needed
        try:
            workers = cluster.list_workers()
        except ClusterError:
            continue  # a lost scheduler is an error of the tasks
        if needed - workers and needed is cluster.needed:
            cluster.needed = frozenset()
            cluster.cancel_all()
        if workers:
            if has_said:
                console.line("A Dask worker came. The run goes on.")
            seconds, has_said = 0.0, False
            continue
        seconds += _LOOK_SECONDS
        if seconds >= _SAY_SECONDS and not has_said:
            has_said = True
            console.line(
                "All Dask workers have ended, perhaps for lack of memory. Waiting "
                f"{show_seconds(_PATIENCE_SECONDS)} for another worker ..."
            )
        if seconds >= _PATIENCE_SECONDS:
            cluster.give_up(_make_error(cluster.address))
            return


def _make_error(address: str) -> ClusterError:
    return ClusterError(
        f"All Dask workers of TRAINER_DASK={address} have ended, and none came within "
        f"{show_seconds(_PATIENCE_SECONDS)}. Nothing was published. Look at the logs of the "
        "workers, and start them, perhaps with more memory. Then train again."
    )

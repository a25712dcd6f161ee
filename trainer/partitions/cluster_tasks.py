"""Run a function for many parts on the workers, with progress and errors of one sentence."""

from collections.abc import Callable, Sequence
from typing import Any

from shared.errors import ClusterError, DatasetError, ModelgateError
from trainer.candidates.estimator_text import describe_error
from trainer.cluster.connection import CONNECTION_LOST, Cluster
from trainer.console import Console


def run_on_parts(
    cluster: Cluster,
    console: Console,
    text: str,
    function: Callable[..., Any],
    arguments: Sequence[tuple[Any, ...]],
) -> list[Any]:
    """Return the results of *function* in the order of *arguments*.

    Raises what the function raises on purpose; DatasetError if a worker cannot read a file, and
    ClusterError for a lost scheduler or a part that ends its workers.
    """
    from distributed import KilledWorker, as_completed  # noqa: PLC0415 - only with TRAINER_DASK
    from distributed.client import FutureCancelledError  # noqa: PLC0415 - as above

    tasks = [cluster.client.submit(function, *each, pure=False) for each in arguments]
    try:
        for number, task in enumerate(as_completed(tasks, loop=cluster.client.loop)):
            console.show_progress(text, number + 1, len(tasks))
            if task.status != "finished":
                task.result()
        return list(cluster.client.gather(tasks))
    except ModelgateError:
        raise
    except KilledWorker as error:
        raise ClusterError(
            "A part of the table ended each worker that read it, probably for lack of memory. "
            "Write smaller row groups, or give the workers more memory."
        ) from error
    except FutureCancelledError as error:
        if cluster.failure or error.reason == CONNECTION_LOST:
            raise cluster.lost() from error
        raise ClusterError(
            f"A Dask worker ended while it read a part of the table ({error.reason}). Nothing was "
            "published. Look at the logs of the workers, then train again."
        ) from error
    except OSError as error:
        raise DatasetError(
            f"A Dask worker cannot read the table ({describe_error(error)}). Give all workers the "
            "folder at the same path as the trainer."
        ) from error
    finally:
        for task in tasks:
            task.release()

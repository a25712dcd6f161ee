"""Choose where candidates are fitted: in threads of this process, or on a Dask cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trainer.console import Console
from trainer.settings import TrainerSettings

if TYPE_CHECKING:
    from trainer.fitting.trial_pool import MakePool


@contextmanager
def open_pool(own: TrainerSettings, console: Console) -> Iterator["MakePool"]:
    """Yield what makes the pool, connected to the cluster of TRAINER_DASK if that is set.

    Raises SettingsError without Dask, and ClusterError without a scheduler or a worker.
    """
    from trainer.fitting.trial_pool import ThreadTrialPool  # noqa: PLC0415 - slow to import

    if own.dask is None:
        yield ThreadTrialPool
        return
    from trainer.cluster.connection import open_cluster  # noqa: PLC0415 - only with TRAINER_DASK
    from trainer.cluster.trial_pool import DaskTrialPool  # noqa: PLC0415 - as above
    from trainer.cluster.worker_watch import watch_workers  # noqa: PLC0415 - as above

    with open_cluster(own.dask, console) as cluster, watch_workers(cluster, console):
        yield lambda context, _: DaskTrialPool(cluster, own.candidates, context)

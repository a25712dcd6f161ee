"""Install the user's modules on all workers, also on those that join later."""

from distributed import Worker, WorkerPlugin

from shared.errors import ClusterError
from trainer.candidates.estimator_text import describe_error
from trainer.cluster.connection import Cluster
from trainer.cluster.user_modules import UserModules, install_modules


class ModulesPlugin(WorkerPlugin):  # type: ignore[misc]  # Dask has no types
    """The modules of the last run. The scheduler gives them to each worker."""

    name = "modelgate-modules"

    def __init__(self, modules: UserModules) -> None:
        self._modules = modules

    def setup(self, worker: Worker) -> None:  # noqa: ARG002 - the interface of Dask
        """Make the modules importable in a worker."""
        install_modules(self._modules)


def send_modules(cluster: Cluster, modules: UserModules) -> None:
    """Install *modules* on all workers before a fit needs them.

    The scheduler needs them too: it unpickles what XGBoost sends. Raises ClusterError if it or a
    worker cannot install them.
    """
    try:
        cluster.client.run_on_scheduler(install_modules, modules)
        cluster.client.register_plugin(ModulesPlugin(modules))
    except Exception as error:
        if cluster.client.status != "running":
            raise cluster.lost() from error
        raise ClusterError(
            f"The Dask scheduler of TRAINER_DASK={cluster.address} or one of its workers cannot "
            f"install the modules of the run ({describe_error(error)}). Nothing was fitted. Start "
            "the scheduler and the workers from the trainer's image or environment."
        ) from error

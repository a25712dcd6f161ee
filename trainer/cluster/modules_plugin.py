"""Install the user's modules on all workers, also on those that join later."""

from distributed import Client, Worker, WorkerPlugin

from trainer.cluster.user_modules import UserModules, install_modules


class ModulesPlugin(WorkerPlugin):  # type: ignore[misc]  # Dask has no types
    """The modules of the last run. The scheduler gives them to each worker."""

    name = "modelgate-modules"

    def __init__(self, modules: UserModules) -> None:
        self._modules = modules

    def setup(self, worker: Worker) -> None:  # noqa: ARG002 - the interface of Dask
        """Make the modules importable in a worker."""
        install_modules(self._modules)


def send_modules(client: Client, modules: UserModules) -> None:
    """Install *modules* on all workers before a fit needs them.

    The scheduler needs them too: it unpickles what XGBoost sends.
    """
    client.run_on_scheduler(install_modules, modules)
    client.register_plugin(ModulesPlugin(modules))

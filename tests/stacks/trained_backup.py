"""The store of a stack after its first start, made once: other stacks begin with it."""

from contextlib import suppress
from functools import cache
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.errors import UndecidedError
from shared.maintenance.backup_steps import write_backup
from shared.settings import CommonSettings
from shared.store.store import open_for_writing
from tests.support.stores.gatekeeping import gatekeeper_of, outcomes
from trainer.console import Console
from trainer.settings import TrainerSettings
from trainer.training import train


@cache
def trained_backup() -> bytes:
    """Train on the default data in this process, promote the model, and back up the store."""
    with TemporaryDirectory() as directory:
        root = Path(directory) / "store"
        common = CommonSettings(store_dir=root)
        store = open_for_writing(root, CANDIDATES, MODELS, DECISIONS, SERVING)
        with suppress(UndecidedError):
            train(common, TrainerSettings(wait_seconds=0), Console(StringIO()))
        gatekeeper_of(store, GatePolicy(metric=common.metric)).poll()
        assert outcomes(store) == ["promoted"]
        archive = Path(directory) / "trained.tar.gz"
        write_backup(store, archive)
        return archive.read_bytes()

"""Check the table before the services start, which would have no model without a training."""

import subprocess
import sys

from shared.contract.layout import StoreLayout
from shared.settings import CommonSettings, load_settings
from trainer.settings import TrainerSettings

_INTERRUPTED = 130


def check_data(layout: StoreLayout) -> int:
    """Return the exit status of `python -m trainer.check_data`, which prints the problems.

    0 without a check: a store with a model is not trained on, and the default data has no problem.
    """
    has_settings = load_settings(TrainerSettings).model_fields_set
    if layout.registry.exists() or not (
        has_settings or "metric" in load_settings(CommonSettings).model_fields_set
    ):
        return 0
    command = [sys.executable, "-m", "trainer.check_data", "--only-problems"]
    try:
        return subprocess.run(command, check=False).returncode  # noqa: S603 - our own module
    except KeyboardInterrupt:
        return _INTERRUPTED

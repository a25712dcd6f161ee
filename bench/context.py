"""The context of a run, which all sections share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench.harness.machine import Cores
from bench.harness.plan import Plan
from bench.harness.promoted_models import PromotedModels
from bench.load.load_generator import LoadGenerator


@dataclass(frozen=True)
class BenchContext:
    """The plan, the cores, the load generator and the models of a run."""

    plan: Plan
    cores: Cores
    load: LoadGenerator
    workspace: Path
    """A temporary directory."""
    report_progress: Callable[[str], object]
    """Shows the current step."""

    @cached_property
    def models(self) -> PromotedModels:
        """LR and RF-100, trained and promoted at the first use."""
        self.report_progress("training and promoting LR and RF-100")
        return PromotedModels(self.workspace / "models")

    def log_path(self, name: str) -> Path:
        """Return the path of a process's output."""
        return self.workspace / f"{name}.log"

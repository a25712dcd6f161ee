"""What every section works with."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bench.harness.machine import Cores
from bench.harness.plan import Plan
from bench.harness.published import Published
from bench.load.load_generator import Load


@dataclass(frozen=True)
class Bench:
    """One run of the benchmark."""

    plan: Plan
    cores: Cores
    load: Load
    workspace: Path
    """A temporary directory."""
    tell: Callable[[str], object]
    """Shows what is being done."""

    @cached_property
    def models(self) -> Published:
        """LR and RF-100, trained and promoted when first asked for."""
        self.tell("training and promoting LR and RF-100")
        return Published(self.workspace / "models")

    def log(self, name: str) -> Path:
        """Where a process may print."""
        return self.workspace / f"{name}.log"

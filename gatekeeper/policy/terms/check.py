"""A check of the gate, and its ruling on one candidate."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gatekeeper.evidence.facts import Facts
from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.check_result import CheckResult, Skipped

MOST_SHOWN = 20
"""Most classes or slices in the observed values of a check, worst first."""


@dataclass(frozen=True)
class Ruling:
    """The result of one check for one candidate."""

    passed: bool
    message: str
    """The observed and required values as a sentence, and the remedy if it failed."""
    observed: Any = None
    required: Any = None
    skipped: Skipped | None = None
    """Why the rule was not applied. It counts only if the ruling passes."""


@dataclass(frozen=True)
class Check:
    """One rule of the gate."""

    id: str
    """A slug, under which decisions and metrics name the check."""
    title: str
    """The rule as a sentence for people."""
    judge: Callable[[Facts, GatePolicy], Ruling | None]
    """A pure function; None where the check cannot run or is not configured."""

    def run(self, facts: Facts, policy: GatePolicy) -> CheckResult | None:
        """Judge *facts*; None where the check does not apply."""
        ruling = self.judge(facts, policy)
        if ruling is None:
            return None
        skipped = ruling.skipped if ruling.passed else None
        return CheckResult(name=self.id, **{**vars(ruling), "skipped": skipped})

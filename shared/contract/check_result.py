"""The result of one check of the gate, as decisions record it."""

from typing import Any, Literal

from pydantic import Field

from shared.contract.document import StrictModel, is_none

Skipped = Literal["not_checked", "no_limit"]
"""not_checked: there was nothing to compare. no_limit: the value is recorded, without a limit."""
RESULTS: dict[Skipped, str] = {"not_checked": "not checked", "no_limit": "no limit set"}


class CheckResult(StrictModel):
    """The result of one check of the gate."""

    name: str
    passed: bool
    observed: Any
    required: Any
    message: str
    skipped: Skipped | None = Field(default=None, exclude_if=is_none)
    """Why no rule was applied; `passed` is then true, because nothing prevents a promotion."""

    @property
    def result(self) -> str:
        """Return the result for people: passed, failed, not checked or no limit set."""
        return RESULTS[self.skipped] if self.skipped else "passed" if self.passed else "failed"

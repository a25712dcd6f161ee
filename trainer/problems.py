"""The problems of a run, collected so that a person reads all of them at once.

A step reports its problem here. The steps that need its result are left out, and all others go on.
"""

from types import TracebackType

from shared.errors import (
    CandidatesError,
    DatasetError,
    ModelgateError,
    ProblemsError,
    SettingsError,
)

_COLLECTED = (SettingsError, DatasetError, CandidatesError)


class Problems:
    """The problems in the order in which they were found."""

    def __init__(self) -> None:
        self.errors: list[ModelgateError] = []

    def __bool__(self) -> bool:
        """Say whether there are problems."""
        return bool(self.errors)

    def __enter__(self) -> None:
        """Begin a step."""

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> bool:
        """Keep an error about settings or data, which has ended the step."""
        if not isinstance(error, _COLLECTED):
            return False
        self.add(error)
        return True

    def add(self, error: ModelgateError) -> None:
        """Keep a problem once; of a ProblemsError, keep each one."""
        known = {str(each) for each in self.errors}
        found = error.problems if isinstance(error, ProblemsError) else [error]
        self.errors += [each for each in found if str(each) not in known]

    def require_none(self) -> None:
        """Raise the only problem, or one ProblemsError for all of them, if there are any."""
        if len(self.errors) == 1:
            raise self.errors[0]
        if self.errors:
            raise ProblemsError(self.errors)

"""Refuse what a function of the user does and ONNX cannot do."""

from shared.errors import ExportError

TABLE = "docs/functions.md#operations-that-convert"
RECIPE = "docs/functions.md#operations-that-do-not-convert"


class UnrecordedError(BaseException):
    """A function did something that is not recorded. The message names it as a noun.

    It is not an Exception, because code that handles every error must not hide it.
    """


class UnrecordedLengthError(UnrecordedError, TypeError):
    """The number of rows was asked. `list()` asks it too, and goes on after a TypeError."""


def step_error(what: str, reason: str) -> ExportError:
    """Return the error for *what*, a function or class of the user, that cannot be served."""
    return ExportError(
        f"{what} cannot be served, because a served model holds no Python code, and {reason}; "
        f"use only what {TABLE} lists, or compute the column before training ({RECIPE})"
    )

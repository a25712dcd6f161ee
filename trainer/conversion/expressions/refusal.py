"""Refuse what a function of the user does and ONNX cannot do."""

from shared.errors import ExportError, RowDependenceError

TABLE = "docs/functions.md#operations-that-convert"
RECIPE = "docs/functions.md#operations-that-do-not-convert"


class UnrecordedError(BaseException):
    """A function did something that is not recorded. The message names it as a noun.

    It is not an Exception, because code that handles every error must not hide it.
    """


class AllRowsError(UnrecordedError):
    """A function did something whose result depends on the other rows of a request."""


class UnrecordedLengthError(UnrecordedError, TypeError):
    """The number of rows was asked. `list()` asks it too, and goes on after a TypeError."""


def all_rows_error(what: str, reason: str) -> ExportError:
    """Return the error for *what*, a function or class that needs the other rows of a request."""
    return RowDependenceError(
        f"{what} cannot be served, because each row is predicted by itself, and {reason}; "
        "learn such values in the fit method of a class of your own, or compute the column before "
        f"training ({RECIPE})"
    )


def step_error(what: str, reason: str) -> ExportError:
    """Return the error for *what*, a function or class of the user, that cannot be served."""
    return ExportError(
        f"{what} cannot be served, because a served model holds no Python code, and {reason}; "
        f"use only what {TABLE} lists, or compute the column before training ({RECIPE})"
    )

"""How the trainer's commands end: their exit statuses, and the sentence that they print."""

import atexit
import logging
import os
import sys
from collections.abc import Callable
from typing import NoReturn

from shared.errors import (
    CandidatesError,
    DatasetError,
    KeyFileError,
    ModelgateError,
    NotAStoreError,
    SettingsError,
    StoreNotWritableError,
    UndecidedError,
    UnsupportedFormatError,
)
from shared.text import to_printable_lines
from trainer.signals import Interrupted

GOOD, FAILED, BAD_INPUT, REFUSED, UNDECIDED = range(5)
_BAD_INPUT_ERRORS = (
    *(SettingsError, DatasetError, CandidatesError, NotAStoreError, StoreNotWritableError),
    *(KeyFileError, UnsupportedFormatError),
)
logger = logging.getLogger(__name__)


def report_error(error: Exception) -> int:
    """Print an error as one sentence, and return the exit status."""
    sys.stderr.write(f"error: {to_printable_lines(_sentence(error))}\n")
    logger.debug("The error was raised here:", exc_info=error)
    if isinstance(error, UndecidedError):
        return UNDECIDED
    return BAD_INPUT if isinstance(error, _BAD_INPUT_ERRORS) else FAILED


def _sentence(error: Exception) -> str:
    if isinstance(error, ModelgateError):
        return str(error)
    return f"{type(error).__name__}: {error} (set LOG_LEVEL=DEBUG to see the traceback)"


def run_command(main: Callable[[], int]) -> NoReturn:
    """Run *main*, and end this process with its exit status, or with that of a signal."""
    try:
        end_process(main())
    except Interrupted as interrupted:
        sys.stderr.write(f"{interrupted}\n")
        sys.stdout.flush()
        # The interpreter would wait for fits in threads, which cannot be stopped.
        os._exit(interrupted.status)


def end_process(status: int) -> NoReturn:
    """End this process, after the functions that libraries have registered for its end.

    Python does not delete its objects then. A thread of Arrow that still needs one would end the
    process by SIGABRT (issue 34314 of apache/arrow).
    """
    atexit._run_exitfuncs()  # noqa: SLF001 - the only name of what the interpreter calls
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:  # the reader of the output is gone, or its disk is full
        status = status or FAILED
    os._exit(status)

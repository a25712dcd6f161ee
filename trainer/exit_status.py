"""The exit statuses of the trainer's commands, and the sentence that they print for an error."""

import logging
import sys

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

GOOD, FAILED, BAD_INPUT, REFUSED, UNDECIDED = range(5)
_BAD_INPUT_ERRORS = (
    *(SettingsError, DatasetError, CandidatesError, NotAStoreError, StoreNotWritableError),
    *(KeyFileError, UnsupportedFormatError),
)
logger = logging.getLogger(__name__)


def report_error(error: Exception) -> int:
    """Print an error as one sentence, and return the exit status."""
    sys.stderr.write(f"error: {_sentence(error)}\n")
    logger.debug("The error was raised here:", exc_info=error)
    if isinstance(error, UndecidedError):
        return UNDECIDED
    return BAD_INPUT if isinstance(error, _BAD_INPUT_ERRORS) else FAILED


def _sentence(error: Exception) -> str:
    if isinstance(error, ModelgateError):
        return str(error)
    return f"{type(error).__name__}: {error} (set LOG_LEVEL=DEBUG to see the traceback)"

"""Errors of the machine that may end soon, such as too many open files."""

import errno

TRANSIENT_ERRNOS = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EINTR, errno.ESTALE}
)


def is_transient(error: Exception) -> bool:
    """Return whether the machine, not the file, caused *error*: a later attempt may succeed."""
    cause = error if isinstance(error, OSError) else error.__cause__
    return isinstance(cause, OSError) and cause.errno in TRANSIENT_ERRNOS

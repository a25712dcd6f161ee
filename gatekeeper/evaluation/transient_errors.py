"""Whose fault an error is: a file's, or that of the machine on which it was read."""

import errno

_SHORTAGES = frozenset(
    {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN, errno.EINTR, errno.ESTALE}
)


def is_transient(error: Exception) -> bool:
    """Whether the machine was short of something: trying again later may well succeed."""
    return _errno(error) in _SHORTAGES


def is_machines_fault(error: Exception) -> bool:
    """Whether it says nothing about who wrote the file: a shortage, or a failing device."""
    return is_transient(error) or _errno(error) == errno.EIO


def _errno(error: Exception) -> int | None:
    cause = error if isinstance(error, OSError) else error.__cause__
    return cause.errno if isinstance(cause, OSError) else None

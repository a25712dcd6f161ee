"""Ending on SIGINT and SIGTERM: every `finally` runs, so that nothing is left half done."""

import signal
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(BaseException):
    """Somebody asked this process to end."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Stopped by {signal.Signals(number).name}.")
        self.status = 128 + number
        """The exit status that shells give to a process that this signal ended."""


def raise_on_signals() -> None:
    """From now on, raise Interrupted in the main thread; a signal that is ignored stays so."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    for other in _SIGNALS:  # a second Ctrl-C must not interrupt the tidying up
        signal.signal(other, signal.SIG_IGN)
    raise Interrupted(number)

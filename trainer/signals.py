"""Ending on SIGINT and SIGTERM: every `finally` runs, so that nothing is left half done."""

import signal
from importlib.machinery import ExtensionFileLoader
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LOADING = {ExtensionFileLoader.create_module.__code__, ExtensionFileLoader.exec_module.__code__}
_LATER_SECONDS = 0.01


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


def _interrupt(number: int, frame: FrameType | None) -> None:
    if _is_loading_an_extension(frame):  # onnx's and others end in a segmentation fault by it
        signal.signal(signal.SIGALRM, lambda _, later: _interrupt(number, later))
        signal.setitimer(signal.ITIMER_REAL, _LATER_SECONDS)
        return
    for other in _SIGNALS:  # a second Ctrl-C must not interrupt the tidying up
        signal.signal(other, signal.SIG_IGN)
    raise Interrupted(number)


def _is_loading_an_extension(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code not in _LOADING:
        frame = frame.f_back
    return frame is not None

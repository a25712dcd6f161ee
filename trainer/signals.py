"""Stop on SIGINT and SIGTERM by an exception, so that every `finally` cleans up."""

import signal
from importlib.machinery import ExtensionFileLoader
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LOADING = {ExtensionFileLoader.create_module.__code__, ExtensionFileLoader.exec_module.__code__}
_RETRY_SECONDS = 0.01


class Interrupted(BaseException):
    """The request to stop this process."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Stopped by {signal.Signals(number).name}.")
        self.status = 128 + number
        """The exit status of shells for a process that this signal has stopped."""


def raise_on_signals() -> None:
    """Raise Interrupted in the main thread on these signals, unless they are ignored."""
    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    if _is_loading_an_extension(frame):  # onnx and others would crash with a segmentation fault
        signal.signal(signal.SIGALRM, lambda _, new_frame: _interrupt(number, new_frame))
        signal.setitimer(signal.ITIMER_REAL, _RETRY_SECONDS)
        return
    for other in _SIGNALS:  # a second Ctrl-C must not interrupt the cleaning up
        signal.signal(other, signal.SIG_IGN)
    raise Interrupted(number)


def _is_loading_an_extension(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code not in _LOADING:
        frame = frame.f_back
    return frame is not None

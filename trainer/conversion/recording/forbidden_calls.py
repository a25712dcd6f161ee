"""Notice that a function asks the clock, a file or chance while it is recorded.

The result would be a constant of the served model, which never changes again.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from trainer.conversion.expressions.refusal import UnrecordedError

_CLOCK = frozenset({"now", "today", "utcnow", "localtime", "gmtime"})
_CLOCK_FUNCTIONS = frozenset({"time", "time_ns", "monotonic", "perf_counter", *_CLOCK})
_OURS = ("trainer", "numpy", "pandas", "sklearn", "contextlib", "unittest", "enum", "re")


@contextmanager
def forbidden_calls() -> Iterator[None]:
    """Raise UnrecordedError at the end if the code inside made such a call."""
    found = list[str]()

    def notice(frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            found.extend(_name_of_call(argument))
        elif event == "call" and str(frame.f_globals.get("__name__")).split(".")[0] not in _OURS:
            names = frame.f_code.co_names
            found.extend(f"the clock (`{name}`)" for name in names if name in _CLOCK)
            found.extend("chance (`random`)" for name in names if name in {"random", "default_rng"})

    earlier, collects = sys.getprofile(), gc.isenabled()
    gc.disable()  # a library's callback of the collector may read the clock
    sys.setprofile(notice)
    try:
        yield
    finally:
        sys.setprofile(earlier)
        if collects:
            gc.enable()
    if found:
        raise UnrecordedError(found[0])


def _name_of_call(function: Any) -> Iterator[str]:
    name, module = function.__name__, getattr(function, "__module__", None)
    if name == "open" and module in {"io", "_io"}:
        yield "a file (`open`)"
    elif module == "time" and name in _CLOCK_FUNCTIONS:
        yield f"the clock (`time.{name}`)"
    elif module == "random" or type(getattr(function, "__self__", None)).__module__ == "random":
        yield f"chance (`random.{name}`)"

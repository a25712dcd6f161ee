"""Find the line of the user's own module where an error was raised."""

import sys
import traceback
from pathlib import Path, PurePath

_ROOT = Path(__file__).parents[2]
_OURS = tuple(str(_ROOT / package) + "/" for package in ("trainer", "shared"))
_LIBRARIES = {"site-packages", "dist-packages"}


def find_own_line(error: BaseException) -> str:
    """Return the file name and the line, such as `mine.py, line 7`; an empty string without one.

    A syntax error names its line itself.
    """
    if isinstance(error, SyntaxError):
        return ""
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        path = frame.f_code.co_filename
        module = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        is_library = module in sys.stdlib_module_names or _LIBRARIES & {*PurePath(path).parts}
        if not (is_library or path.startswith((*_OURS, "<"))):
            return f"{PurePath(path).name}, line {line}"
    return ""

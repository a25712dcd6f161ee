"""Find the line of the user's code at which a function did something that is not recorded."""

import linecache
import sys
import traceback

_LONGEST = 100
_OURS = ("trainer", "shared")
_INSTALLED = ("site-packages", "dist-packages")


def describe_place(error: BaseException) -> str:
    """Return the last line of the user's own code before *error*, or nothing."""
    place = ""
    for frame, number in traceback.walk_tb(error.__traceback__):
        path = frame.f_code.co_filename
        module = str(frame.f_globals.get("__name__")).split(".")[0]
        is_library = module in sys.stdlib_module_names or any(part in path for part in _INSTALLED)
        if module in _OURS or (is_library and module != "__main__"):
            continue
        line = linecache.getline(path, number).strip()
        if line:
            place = f" (line {number}: {line:.{_LONGEST}})"
    return place

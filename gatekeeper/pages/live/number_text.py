"""Numbers of the live page as short text."""

from datetime import datetime

from gatekeeper.live_status.time_range import RangeName

_UNITS = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def show_count(value: float) -> str:
    """Return a count for an axis: `950`, `1.2k`, `3M`."""
    for size, unit in _UNITS:
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def show_seconds(seconds: float | None) -> str:
    """Return a latency with its unit: `0.82 ms`, `12 ms`, `1.2 s`; `-` for None."""
    if seconds is None:
        return "-"
    if seconds >= 1:
        return f"{seconds:.3g} s"
    return f"{1000 * seconds:.2g} ms" if seconds < 0.1 else f"{1000 * seconds:.0f} ms"  # noqa: PLR2004 - two digits are enough


def show_percent(share: float) -> str:
    """Return a share of an axis in percent."""
    return f"{100 * share:.3g} %"


def show_start(start: datetime, name: RangeName) -> str:
    """Return the beginning of a step: a time of the day, or a date."""
    return f"{start.day} {start:%b}" if name == "month" else f"{start.day} {start:%b %H:%M}"

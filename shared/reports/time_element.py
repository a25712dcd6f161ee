"""Write a time as an HTML element: short to read, with the full time for machines and on hover."""

from datetime import UTC, datetime
from typing import Any


def to_time_element(when: datetime, now: datetime | None = None) -> Any:
    """Return *when* in UTC, such as `27 Nov 19:16`; without the year only in the year of *now*."""
    from markupsafe import Markup  # noqa: PLC0415 - a gatekeeper without visitors does not need it

    utc = when.astimezone(UTC)
    year = "" if now is not None and utc.year == now.astimezone(UTC).year else f" {utc.year}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        utc.isoformat(timespec="seconds").replace("+00:00", "Z"),
        f"{utc:%Y-%m-%d %H:%M:%S} UTC",
        f"{utc.day} {utc:%b}{year} {utc:%H:%M}",
    )

"""What keeps a column of texts from being read as numbers, for whoever has to mend the file."""

import contextlib
from collections.abc import Collection

NUMBER_FRACTION = 0.8
"""Of a column that was meant as numbers, at least this share of its different texts are some."""
_SHOWN = 3


def number_hint(texts: Collection[str]) -> str:
    """Why *texts*, most of which look like numbers, are none; empty for other texts."""
    with_points = [text for text in texts if not _is_number(text)]
    if len(with_points) <= (1 - NUMBER_FRACTION) * len(texts):
        shown = ", ".join(repr(text[:40]) for text in sorted(with_points)[:_SHOWN])
        more = " and others" if len(with_points) > _SHOWN else ""
        return f"numbers, but for {shown}{more}: leave such cells empty"
    with_commas = [text for text in texts if not _is_number(_with_point(text))]
    if len(with_commas) <= (1 - NUMBER_FRACTION) * len(texts):
        return "numbers with decimal commas: write points"
    return ""


def _with_point(text: str) -> str:
    """1.234,5 as a program writes it."""
    return text.replace(".", "").replace(",", ".")


def _is_number(text: str) -> bool:
    with contextlib.suppress(ValueError):
        float(text)
        return True
    return False

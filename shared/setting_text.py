"""Say in one sentence which value a setting must have, and what the user probably meant."""

import difflib
from collections.abc import Callable
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from shared.likely_values import find_likely_value, format_number


def describe_bad_value(
    variable: str, field: FieldInfo, text: str, is_allowed: Callable[[Any], bool]
) -> str | None:
    """Return the sentence; None for a text without examples.

    Args:
        variable: The environment variable.
        field: The field of the settings class.
        text: The value of the variable.
        is_allowed: Whether the field accepts a value.
    """
    choices = _choices(field)
    types = {getattr(type_, "__origin__", type_) for type_ in _members(field)}
    likely: str | None = None
    if bool in types:
        expected = "true or false"
    elif choices:
        expected = " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))
        lower = {choice.lower(): choice for choice in choices}
        close = difflib.get_close_matches(text.strip().lower(), lower, n=1)
        likely = lower[close[0]] if close else None
    elif types & {int, float}:
        is_whole = float not in types
        expected = " ".join(("a whole number" if is_whole else "a number", *_bounds(field)))
        number = find_likely_value(
            variable,
            text,
            lambda value: (not is_whole or value.is_integer()) and is_allowed(value),
            is_fraction=not is_whole,
        )
        likely = None if number is None else format_number(number)
    elif field.examples:
        expected = f"a value such as {' or '.join(map(str, field.examples))}"
    else:
        return None
    hint = f"; did you mean {variable}={likely}?" if likely is not None else "."
    return f"The setting {variable} is malformed: expected {expected}, found {text!r:.80}{hint}"


def _members(field: FieldInfo) -> tuple[Any, ...]:
    """Return the types of a union, or the only type."""
    return get_args(field.annotation) or (field.annotation,)


def _choices(field: FieldInfo) -> tuple[str, ...]:
    return get_args(field.annotation) if get_origin(field.annotation) is Literal else ()


def _bounds(field: FieldInfo) -> list[str]:
    """Return the allowed range in words; empty without a range."""
    found = {
        kind: getattr(bound, kind)
        for bound in field.metadata
        for kind in ("ge", "gt", "le", "lt")
        if getattr(bound, kind, None) is not None
    }
    words = {"ge": "from", "gt": "above", "le": "to" if "ge" in found else "and at most"}
    words["lt"] = "and below"
    parts = [f"{words[kind]} {format_number(found[kind])}" for kind in words if kind in found]
    return parts if {"le", "lt"} & found.keys() or "gt" in found else [f"{p} up" for p in parts]

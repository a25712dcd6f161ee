"""Describe why a fit failed, with a hint if a column's name or a boolean is the likely reason."""

import re
import traceback
from collections.abc import Iterator, Sequence

from shared.contract.documents import Feature
from shared.inference.text_index import find_similar, suggest_name
from shared.text import join_some
from trainer.candidates.estimator_text import describe_error

_NO_COLUMN = re.compile("not (?:a column|columns) of the dataframe|columns are missing|in .?index")
_QUOTED = re.compile(r"'([^']+)'")
_MISSING = re.compile(r"\bNaN\b|missing values")


def describe_failure(error: Exception, features: Sequence[Feature]) -> str:
    """Describe an error of an estimator, and hint at the columns that it may be about."""
    text = describe_error(error)
    names = [feature.name for feature in features]
    if unknown := [name for name in _find_names(error) if name not in names]:
        is_about_columns = any(_NO_COLUMN.search(str(each)) for each in _chain(error))
        if find_similar(unknown[0], names):
            return f"{text}.{suggest_name(unknown[0], names)}"
        if is_about_columns:
            return f"{text}. The columns are {join_some([*map(repr, names)])}."
    has_booleans = any(feature.type == "boolean" for feature in features)
    if _MISSING.search(text) and has_booleans and not any(each.nullable for each in features):
        return (
            f"{text}. No value of the table is missing. In the table of an estimator, booleans are "
            "1 and 0, so a function maps them with {1: …, 0: …}, not with {True: …, False: …}."
        )
    return text


def _find_names(error: BaseException) -> Iterator[str]:
    """Yield the names that errors about a column contain."""
    for each in _chain(error):
        if isinstance(each, KeyError) and _is_of_pandas(each) and isinstance(each.args[0], str):
            yield from _QUOTED.findall(each.args[0]) or [each.args[0]]
        elif _NO_COLUMN.search(str(each)):
            yield from _QUOTED.findall(str(each))


def _is_of_pandas(error: BaseException) -> bool:
    """Decide whether pandas raised an error, and not a dictionary of the user."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return bool(frames) and str(frames[-1].f_globals.get("__name__", "")).startswith("pandas.")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__

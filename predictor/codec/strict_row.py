"""Read one row of a request, as a list or by name, and name every mistake.

Error codes: invalid_request, wrong_feature_count, unknown_features, missing_features,
duplicate_key, too_many_rows, and those of `shared.inference.strict_values`.
"""

from collections.abc import Sequence
from typing import Any

from predictor.codec.input_schema import InputSchema
from shared.contract.documents import Feature
from shared.errors import InputError
from shared.inference.strict_values import (
    FLOAT32_MAX,
    describe_kind,
    make_printable,
    read_value,
)
from shared.inference.text_index import suggest_name
from shared.text import join_some, quote


def read_row(value: Any, location: str, schema: InputSchema) -> list[float]:
    """Encode the values of a row, in the order of the features. Raises InputError."""
    features, strings = schema.features, schema.strings
    if isinstance(value, list):
        check_count(len(value), location, schema)
        return [
            item
            if type(item) is float and feature.type == "number" and abs(item) <= FLOAT32_MAX
            else read_value(item, feature, known, f"{location}[{index}]")
            for index, (item, feature, known) in enumerate(
                zip(value, features, strings, strict=True)
            )
        ]
    if isinstance(value, dict):
        row = _find_names(value, location, schema)
        return [
            read_value(row.get(feature.name), feature, known, f"{location}.{feature.name}")
            for feature, known in zip(features, strings, strict=True)
        ]
    count, values = len(features), _name_values(features)
    raise InputError(
        "invalid_request",
        f"{location} must be a list of {count} {values} or an object with {count} named {values}; "
        f"found {describe_kind(value)}.",
        location,
    )


def check_rows(found: int, schema: InputSchema) -> None:
    """Raise InputError if a request has too many rows; *found* may be less than it has."""
    if found > schema.max_rows:
        raise InputError(
            "too_many_rows",
            f"instances must contain at most {schema.max_rows} rows; found more. Send fewer rows "
            "in one request, or raise PREDICTOR_MAX_ROWS.",
            "instances",
        )


def check_count(found: int | str, location: str, schema: InputSchema) -> None:
    """Raise InputError unless a row given as a list has a value for each feature."""
    features = schema.features
    if found != len(features):
        raise InputError(
            "wrong_feature_count",
            f"{location} must contain {len(features)} {_name_values(features)} "
            f"({join_some([feature.name for feature in features])}); found {found}.",
            location,
        )


def _find_names(row: dict[str, Any], location: str, schema: InputSchema) -> dict[str, Any]:
    """Return the values by the names of the features.

    Refuse two spellings of one name, and missing names of features that are not nullable. Refuse
    or ignore unknown names, as the schema says.
    """
    features = schema.features
    names = [feature.name for feature in features]
    places = {name: schema.names.find(name) for name in row}
    unknown = [name for name, place in places.items() if place is None]
    if unknown and not schema.ignores_extra:
        raise InputError(
            "unknown_features",
            f"{location} contains unknown features: {join_some([*map(quote, unknown)])}; "
            f"the model takes {join_some(names)}.{suggest_name(unknown[0], names)}",
            f"{location}.{make_printable(unknown[0])}",
        )
    spellings: dict[str, str] = {}
    for spelling, place in places.items():
        if place is None:
            continue
        name = names[place]
        if name in spellings:
            raise InputError(
                "duplicate_key",
                f"{location} contains {quote(name)} twice: as {spellings[name]!a} and as "
                f"{spelling!a}.",
                f"{location}.{name}",
            )
        spellings[name] = spelling
    missing = [one.name for one in features if one.name not in spellings and not one.nullable]
    if missing:
        raise InputError(
            "missing_features",
            f"{location} lacks {join_some(missing)}; the model takes {join_some(names)}."
            f"{_mention_ignored(unknown)}",
            f"{location}.{missing[0]}",
        )
    return {name: row[spelling] for name, spelling in spellings.items()}


def _mention_ignored(names: Sequence[str]) -> str:
    """Name the ignored names: one of them may be a misspelt one. The sentence begins with a blank.

    Return "" if none was ignored.
    """
    named = join_some([*map(quote, names)])
    return f" PREDICTOR_EXTRA_FEATURES=ignore: {named} ignored." if names else ""


def _name_values(features: Sequence[Feature]) -> str:
    return "numbers" if all(feature.type == "number" for feature in features) else "values"

"""Texts of a form, and the JSON values that they mean."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs

import msgspec

from predictor.codec.input_schema import InputSchema
from predictor.loop_turns import give_turn
from shared.contract.documents import Feature
from shared.errors import InputError
from shared.inference.feature_encoding import Value
from shared.inference.strict_values import read_value
from shared.text import quote

FEATURES_FIELD = "features"
"""The field with the fingerprint of the features for which the form was made."""
_OTHER_FIELDS = 8
"""The most fields of a form that are not features."""
_MOST_CHARACTERS = 1_000
"""Characters of the longest text that is a number."""
_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_TOO_LARGE = msgspec.Raw(b"1e999")
"""A number in JSON that no float has; the reader of requests says so."""
_BOOLEANS = {"true": True, "false": False}

JsonValue = Value | msgspec.Raw


class NotAFormError(ValueError):
    """The body of a request is not a form of this page."""


def name_field(index: int) -> str:
    """Return the name of the field of a feature. It depends on no text of the model."""
    return f"f{index}"


def make_fingerprint(features: Sequence[Feature]) -> str:
    """Return a text that changes if a feature gets another name, place or type."""
    content = msgspec.json.encode([(feature.name, feature.type) for feature in features])
    return hashlib.sha256(content).hexdigest()[:32]


def parse_form(body: bytes, features: int) -> Mapping[str, str]:
    """Return the fields of a form with this many features. Raises NotAFormError."""
    try:
        fields = parse_qs(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=features + _OTHER_FIELDS,
        )
    except ValueError as error:  # UnicodeDecodeError is one
        raise NotAFormError from error
    return {name: values[0] for name, values in fields.items()}


def read_texts(fields: Mapping[str, str], features: Sequence[Feature]) -> list[str]:
    """Return the text for each feature; a browser writes each line end in it as CR LF."""
    texts = [fields.get(name_field(index), "") for index in range(len(features))]
    return [
        _restore_line_ends(text, feature.categories or ()) if "\r" in text else text
        for text, feature in zip(texts, features, strict=True)
    ]


def show_value(value: Value) -> str:
    """Return the text of a field for a JSON value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def write_body(texts: Sequence[str], features: Sequence[Feature]) -> bytes:
    """Write the body of POST /predict for the texts of one row, by the names of the features.

    So no value goes to another feature if another model answers.
    """
    row = {one.name: _to_json(text, one) for text, one in zip(texts, features, strict=True)}
    return msgspec.json.encode({"features": row})


def find_mistakes(texts: Sequence[str], schema: InputSchema) -> dict[int, str]:
    """Return the mistake of each wrong field by the place of its feature.

    A response names only the first one.
    """
    mistakes = {}
    for index, (text, feature) in enumerate(zip(texts, schema.features, strict=True)):
        give_turn()
        value = _to_json(text, feature)
        number = math.inf if isinstance(value, msgspec.Raw) else value
        try:
            read_value(number, feature, schema.strings[index], "It")
        except InputError as error:
            mistakes[index] = _explain(str(error), text, feature)
    return mistakes


def _to_json(text: str, feature: Feature) -> JsonValue:
    """Return the JSON value of a field. A text that is not of its type stays a string."""
    stripped = text.strip()
    if feature.type == "boolean":
        return _BOOLEANS.get(stripped.lower(), text)
    if feature.type != "number" or len(stripped) > _MOST_CHARACTERS:
        return text
    if _NUMBER.fullmatch(stripped):
        number = float(stripped)
        return number if math.isfinite(number) else _TOO_LARGE
    return text


def _explain(message: str, text: str, feature: Feature) -> str:
    words = message.removeprefix("It ").replace(" or null;", " or empty;", 1)
    words = words.replace("found a string.", f"found {quote(text)}.")
    if feature.type == "number" and _DECIMAL_COMMA.fullmatch(text.strip()):
        words += " Write a point instead of the comma."
    return words[:1].upper() + words[1:]


def _restore_line_ends(text: str, categories: Sequence[str]) -> str:
    """Return the category that is *text* but for its line ends; otherwise *text* with LF."""
    give_turn()
    if text in categories:
        return text
    wanted = _unify_line_ends(text)
    return next((known for known in categories if _unify_line_ends(known) == wanted), wanted)


def _unify_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")

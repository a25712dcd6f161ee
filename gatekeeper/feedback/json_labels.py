"""Labels as JSON: a list of objects with an id or a row key, and a label."""

from gatekeeper.feedback.received_label import MAX_LABELS, ReceivedLabel, check_label
from shared.contract import strict_json
from shared.errors import DocumentError, InvalidFeedbackError, TooManyLabelsError

_SEPARATORS_OF_LABEL = 4
"""Commas and brackets before the values of one label, and one more in an id."""
_EXPECTED = 'Expected a JSON list such as [{"id": "order 17", "label": "benign"}]'
_HINT = "A CSV body needs the header `Content-Type: text/csv`."


def parse_json(data: bytes) -> list[ReceivedLabel]:
    """Return the labels of a body.

    Raises:
        TooManyLabelsError: It has more than MAX_LABELS labels.
        InvalidFeedbackError: It is not a list of labels; the message names the entry.
    """
    if strict_json.count_separators(data) > MAX_LABELS * _SEPARATORS_OF_LABEL:
        raise TooManyLabelsError(_too_many("more"))
    try:
        found = strict_json.decode(data, "The body")
    except DocumentError as error:
        raise InvalidFeedbackError(f"{error} {_EXPECTED}. {_HINT}") from error
    if not isinstance(found, list):
        raise InvalidFeedbackError(f"The body is not a list. {_EXPECTED}.")
    if len(found) > MAX_LABELS:
        raise TooManyLabelsError(_too_many(str(len(found))))
    return [_check_entry(number, entry) for number, entry in enumerate(found, 1)]


def _check_entry(number: int, entry: strict_json.Json) -> ReceivedLabel:
    place = f"Entry {number} of the list"
    if not isinstance(entry, dict):
        raise InvalidFeedbackError(f"{place} is not an object. {_EXPECTED}.")
    if entry.keys() == {"id", "label"}:
        return check_label(place, entry["id"], entry["label"])
    if entry.keys() == {"key", "label"}:
        return check_label(place, _write_key(entry["key"]), entry["label"])
    names = ", ".join(sorted(entry)[:10]) or "no keys"
    raise InvalidFeedbackError(
        f"{place} has {names}; expected `label`, and either `id` or the row key as `key`."
    )


def _write_key(key: strict_json.Json) -> strict_json.Json:
    """Return a row key as clients send it in `id`: a whole number as its digits."""
    if isinstance(key, bool) or not isinstance(key, int | float):
        return key
    return str(int(key)) if isinstance(key, float) and key.is_integer() else str(key)


def _too_many(found: str) -> str:
    return (
        f"The body has {found} labels; at most {MAX_LABELS} are allowed. Send it in parts, as "
        "`make feedback` does."
    )

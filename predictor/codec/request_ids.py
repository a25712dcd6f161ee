"""The ids that a client gives to the rows of a request; the reply returns them unchanged.

Error code: invalid_id.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeAlias

import msgspec

from shared.errors import InputError
from shared.inference.strict_values import describe_kind

ID = "id"
"""The key beside `features`: one string."""
IDS = "ids"
"""The key beside `instances`: a list with a string for each row."""
MAX_ID_CHARACTERS = 128

RequestId: TypeAlias = Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_ID_CHARACTERS)]
"""An id, as the fast reader checks it."""


def read_ids(content: Mapping[str, Any], rows: int, *, many: bool) -> Sequence[str] | None:
    """Return the ids in the *content* of a body, one for each of its *rows*; None without ids.

    With *many* they are a list in `ids`, otherwise a string in `id`. Raises InputError.
    """
    key, other = (IDS, ID) if many else (ID, IDS)
    if other in content:
        beside = "instances" if many else "features"
        expected = "ids, with a string for each row" if many else "id, one string"
        raise _id_error(f"Beside {beside}, the key must be {expected}; found {other}.", other)
    if key not in content:
        return None
    if not many:
        return (_read_id(content[ID], ID),)
    ids = content[IDS]
    if not isinstance(ids, list) or len(ids) != rows:
        found = len(ids) if isinstance(ids, list) else describe_kind(ids)
        raise _id_error(
            f"ids must be a list with a string for each row of instances, {rows} in total; "
            f"found {found}.",
            IDS,
        )
    return [_read_id(value, f"{IDS}[{number}]") for number, value in enumerate(ids)]


def _read_id(value: Any, location: str) -> str:
    if not isinstance(value, str) or not value:
        found = describe_kind(value)
    elif len(value) > MAX_ID_CHARACTERS:
        found = f"{len(value)} characters"
    elif not _is_unicode(value):
        found = "half of a surrogate pair, which is not a character"
    else:
        return value
    raise _id_error(
        f"{location} must be a string of 1 to {MAX_ID_CHARACTERS} characters; found {found}.",
        location,
    )


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _id_error(message: str, field: str) -> InputError:
    return InputError("invalid_id", message, field)

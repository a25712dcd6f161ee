"""Is a body with labels CSV or JSON?"""

from email.message import Message

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

_JSON = frozenset({"", "application/json", "application/x-www-form-urlencoded", "text/plain"})
"""Types that are read as JSON; curl sends the third one by default."""
_CSV = frozenset({"text/csv", "application/csv"})


def is_csv(headers: Headers) -> bool:
    """Return whether the body is CSV, otherwise it is JSON; raise 415 for another type."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        raise HTTPException(
            415, f"The body has the encoding {encoding!r}; send it without one (identity)."
        )
    message = Message()
    message["content-type"] = headers.get("content-type", "")
    kind = (headers.get("content-type") or "").split(";")[0].strip().lower()
    charset = str(message.get_param("charset", "utf-8")).strip().lower()
    if kind in _CSV and charset in {"utf-8", "utf8", "us-ascii"}:
        return True
    if kind in _JSON:
        return False
    found = f"{kind}, charset {charset}" if kind in _CSV else kind
    raise HTTPException(
        415, f"The body is {found!r}; expected application/json, or text/csv in UTF-8."
    )

"""Refuse a form that a page of another site lets the browser send."""

from urllib.parse import urlsplit

from fastapi import HTTPException, Request

from shared.http.listening import published_url

_FOREIGN = frozenset({"cross-site", "same-site"})
"""Values of Sec-Fetch-Site with which browsers mark requests of pages of other origins."""
_PORTS = {"http": 80, "https": 443}


def refuse_other_sites(request: Request, published: str | None) -> None:
    """Raise HTTPException 403 for a form that a browser sends on behalf of another origin.

    It would have the key that the browser remembers. *published* is the address in the settings.
    """
    site = request.headers.get("sec-fetch-site", "").lower()
    origin = request.headers.get("origin")
    is_foreign = site in _FOREIGN
    if not site and origin is not None:
        is_foreign = not _is_own(origin, request.headers.get("host"), published)
    if is_foreign:
        raise HTTPException(403, "A page of another site may not send this form.")


def _is_own(origin: str, host: str | None, published: str | None) -> bool:
    """Report whether *origin* is that of this service: its Host, or its published address.

    A proxy may have changed the Host.
    """
    try:
        if urlsplit(origin).netloc == host:
            return True
        return published is not None and _locate(origin) == _locate(published_url(published, ""))
    except ValueError:  # one of them is malformed
        return False


def _locate(url: str) -> tuple[str | None, int | None]:
    """Return the host and the port of a URL. Raises ValueError."""
    parts = urlsplit(url)
    return parts.hostname, parts.port or _PORTS.get(parts.scheme)

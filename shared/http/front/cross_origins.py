"""The origins whose pages may call a service from a browser (CORS).

A browser sends a page's origin with its request. It shows the response to the page only if the
response allows that origin. It asks first, in a preflight, whether the page may send certain
headers. No response allows credentials that a browser remembers, so each page sends its own key.
"""

import re
from collections.abc import Iterable
from typing import Self

CROSS_ORIGINS = "cross_origins"
"""The key of the application's CrossOrigins in the lifespan's state; None allows no origin."""
ANY = "*"
_ALLOWED_HEADERS = (
    "content-type, authorization, x-request-id, traceparent, tracestate, "
    "inference-header-content-length"
)
"""Headers of requests. The key of a client is in `authorization`."""
_EXPOSED_HEADERS = (
    "x-model-version, x-request-id, traceparent, inference-header-content-length, retry-after"
)
_METHODS = "GET, HEAD, POST"
_PREFLIGHT_SECONDS = 600
"""Seconds for which a browser may remember the reply to a preflight."""
_HOST = r"(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])"
_EXACT = re.compile(rf"([a-z][a-z0-9+.-]*)://{_HOST}(?::([1-9][0-9]{{0,4}}))?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_MAX_PORT = 65_535

_Header = tuple[bytes, bytes]
Headers = Iterable[_Header]


def require_origins(variable: str, text: str) -> str:
    """Return *text*, the value of *variable*; raise ValueError with a sentence for the user."""
    entries = _split(text)
    wrong = next((each for each in entries if each != ANY and not _is_exact(each)), None)
    if wrong is None and ANY in entries and len(entries) > 1:
        raise ValueError(
            f"The setting {variable} is malformed: * allows every origin, so expected nothing "
            f"beside it, found {text!r:.80}."
        )
    if wrong is not None or (text.strip() and not entries):
        likely = _find_likely(wrong or "")
        hint = f"; did you mean {likely}?" if likely else "."
        raise ValueError(
            f"The setting {variable} is malformed: expected * or origins such as "
            "https://app.example.com (scheme, host in small letters, port if it is unusual), with "
            f"commas between them, found {(text if wrong is None else wrong)!r:.80}{hint}"
        )
    return text


def _split(text: str) -> list[str]:
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def _is_exact(origin: str) -> bool:
    """Report whether a browser can send this origin."""
    found = _EXACT.fullmatch(origin)
    if found is None:
        return False
    scheme, port = found.groups()
    return port is None or (int(port) <= _MAX_PORT and port != _DEFAULT_PORTS.get(scheme))


def _find_likely(text: str) -> str | None:
    """Return the origin that *text* probably means: of a URL, or with a scheme."""
    found = re.fullmatch(r"(?:([a-z][a-z0-9+.-]*)://)?([^/?#@*]+)([/?#].*)?", text.lower())
    if found is None or (found[1] is None and "." not in found[2]):
        return None
    scheme = found[1] or "https"
    origin = f"{scheme}://{found[2].removesuffix(f':{_DEFAULT_PORTS.get(scheme)}')}"
    return origin if _is_exact(origin) else None


class CrossOrigins:
    """The allowed origins, with the headers that allow one."""

    def __init__(self, origins: Iterable[str]) -> None:
        self._allowed = frozenset(each.encode() for each in origins)
        self._allows_all = ANY.encode() in self._allowed
        self._exposed = (b"access-control-expose-headers", _EXPOSED_HEADERS.encode())
        self.every_response = self._list_constant()
        """Headers of every response; they do not depend on its request."""

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the origins of a setting that is right; None if it has none."""
        entries = _split(text)
        return cls(entries) if entries else None

    def _list_constant(self) -> list[tuple[str, str]]:
        if self._allows_all:
            exposed = (self._exposed[0].decode(), self._exposed[1].decode())
            return [("access-control-allow-origin", ANY), exposed]
        # A cache between must not give the response for one origin to another.
        return [("vary", "Origin")]

    def find(self, headers: Headers) -> tuple[_Header, ...]:
        """Return more headers of the response to a request with *headers*."""
        if self._allows_all:
            return ()
        origin = find_one(headers, b"origin")
        if origin not in self._allowed:
            return ()
        return ((b"access-control-allow-origin", origin), self._exposed)

    def allows(self, origin: bytes) -> bool:
        """Report whether pages of *origin* may call the service."""
        return self._allows_all or origin in self._allowed

    def allow_preflight(self, origin: bytes) -> list[_Header]:
        """Return the headers of the reply to a preflight of *origin*, which is allowed.

        Those of every response are not among them.
        """
        allowed = [] if self._allows_all else [(b"access-control-allow-origin", origin)]
        return [
            *allowed,
            (b"access-control-allow-methods", _METHODS.encode()),
            (b"access-control-allow-headers", _ALLOWED_HEADERS.encode()),
            (b"access-control-max-age", b"%d" % _PREFLIGHT_SECONDS),
        ]


def find_one(headers: Headers, name: bytes) -> bytes:
    """Return the value of the only header with a *name* in small letters; otherwise b""."""
    found = [value for each, value in headers if each.lower() == name]
    return found[0] if len(found) == 1 else b""

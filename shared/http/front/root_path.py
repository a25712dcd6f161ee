"""The path at which a proxy shows a service, such as `/ml/churn`: read, removed and added again.

The proxy may remove the path from requests or keep it. Inside of RootPath, no request has it. The
links of pages and the Location of redirects have it again.
"""

import re
from collections.abc import Collection
from contextvars import ContextVar

from pydantic import Field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ROOT_PATH_FIELD = Field(
    default="",
    description="Path at which a proxy shows the service, such as /ml/churn (docs/proxies.md). "
    "The proxy may remove it from requests or keep it. Links, redirects and /docs have it. By "
    "default there is none.",
    json_schema_extra={"pattern": r"^((/[A-Za-z0-9._~-]+)+)?$"},  # for the Helm chart
)
MAX_CHARACTERS = 256
_PART = re.compile(r"[A-Za-z0-9._~-]+")
_ORIGIN = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/]*")
_SPECIAL = (".", "..")
"""Parts that browsers and proxies resolve."""

_in_force: ContextVar[str] = ContextVar("root_path", default="")


def own_path(path: str) -> str:
    """Return the path for a client that is *path* of this service."""
    return _in_force.get() + path


def require_root_path(variable: str, own: Collection[str], text: str) -> str:
    """Return *text*, the value of *variable*.

    Args:
        variable: The environment variable, for the error.
        own: The first parts of the service's own paths. A root path with one of them would be
            ambiguous.
        text: The value.

    Raises:
        ValueError: It is not a path, or begins like a path of the service.
    """
    if not text:
        return text
    parts = text.split("/")[1:]
    if not (text.startswith("/") and _are_parts(parts) and len(text) <= MAX_CHARACTERS):
        likely = _find_likely(text)
        hint = f"; did you mean {variable}={likely}?" if likely else "."
        raise ValueError(
            f"The setting {variable} is malformed: expected a path such as /ml/churn, of letters, "
            f"digits and ._~- between slashes, without one at its end, found {text!r:.80}{hint}"
        )
    if parts[0] in own:
        raise ValueError(
            f"The setting {variable} begins with /{parts[0]}, which is a path of the service "
            f"itself; begin it with another name, such as /ml{text}."
        )
    return text


def _are_parts(parts: list[str]) -> bool:
    return all(_PART.fullmatch(part) and part not in _SPECIAL for part in parts)


def _find_likely(text: str) -> str | None:
    """Return the path that *text* probably means: without a host, a query and needless slashes."""
    path = re.split(r"[?#]", _ORIGIN.sub("", text.strip()), maxsplit=1)[0]
    parts = [part for part in path.split("/") if part]
    likely = "".join(f"/{part}" for part in parts)
    return likely if parts and _are_parts(parts) and len(likely) <= MAX_CHARACTERS else None


class RootPath:
    """An ASGI application that serves *app* below *root_path*, and also without it."""

    def __init__(self, app: ASGIApp, root_path: str) -> None:
        self._app = app
        self._root = root_path
        self._below = f"{root_path}/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request as if it had no root path."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        _in_force.set(self._root)
        # Not in a copy: connections read in their scope what a response still needs.
        scope["path"] = self._remove(scope["path"])
        scope["raw_path"] = self._remove(scope["raw_path"].decode("latin-1")).encode("latin-1")

        async def send_below(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [self._complete(*header) for header in message["headers"]]
            await send(message)

        await self._app(scope, receive, send_below)

    def _remove(self, path: str) -> str:
        if path == self._root:
            return "/"
        return path[len(self._root) :] if path.startswith(self._below) else path

    def _complete(self, name: bytes, value: bytes) -> tuple[bytes, bytes]:
        """Return a header of *app*; a Location is a path of it, and gets the root path."""
        if name.lower() == b"location" and value.startswith(b"/"):
            return name, self._root.encode() + value
        return name, value

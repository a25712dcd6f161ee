"""Send one request to one configured address: no redirect, no proxy, and bounds for everything."""

import asyncio
import email.utils
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import httpx

from shared.access.client_context import any_service_context
from shared.text import shorten, to_printable

ATTEMPT_SECONDS = 20.0
"""The longest time of one attempt, from the look-up of the name to the end of the answer."""
MAX_ANSWER_BYTES = 4096
"""Bytes of an answer that are read."""
MAX_RETRY_AFTER_SECONDS = 3600.0
_MAX_SHOWN = 200


@dataclass(frozen=True)
class Answer:
    """The answer of a receiver, or the reason for its absence."""

    status: int | None
    problem: str | None = None
    """Why the event does not count as delivered; None if it does."""
    retry_after: float = 0.0
    """Seconds that the receiver asks to wait."""
    body: str = ""
    """The beginning of the answer, without the path of the address."""


def post(
    url: str, headers: Mapping[str, str], body: bytes, seconds: float = ATTEMPT_SECONDS
) -> Answer:
    """Send *body* to *url* and return the answer. No message contains the address."""
    try:
        return asyncio.run(_post(url, headers, body, seconds))
    except TimeoutError:
        return Answer(None, f"no answer within {seconds:.0f} s")
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        reason = str(error) or type(error).__name__
        return Answer(None, _hide(url, f"no answer: {reason}"))


async def _post(url: str, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
    trust: ssl.SSLContext = any_service_context(url)
    async with (
        asyncio.timeout(seconds),
        httpx.AsyncClient(
            verify=trust, trust_env=False, follow_redirects=False, timeout=seconds
        ) as client,
        client.stream("POST", url, headers=dict(headers), content=body) as response,
    ):
        received = b""
        async for chunk in response.aiter_raw():
            received += chunk
            if len(received) >= MAX_ANSWER_BYTES:
                break
        return _judge(url, response, received[:MAX_ANSWER_BYTES])


def _judge(url: str, response: httpx.Response, received: bytes) -> Answer:
    status = response.status_code
    body = _hide(url, received.decode("utf-8", "replace"))
    if response.is_success:
        return Answer(status, body=body)
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    redirect = ": redirects are not followed" if response.is_redirect else ""
    wait = _read_retry_after(response.headers.get("retry-after", ""))
    return Answer(status, f"it answered {status}{phrase}{redirect}", wait, body)


def _hide(url: str, text: str) -> str:
    """Return *text* on one line without the secret parts of *url*."""
    parts = urlsplit(url)
    for part in (url, f"{parts.path}?{parts.query}", parts.path, parts.query, parts.password):
        if part and part != "/":
            text = text.replace(part, "…")
    return shorten(to_printable(text.strip()), _MAX_SHOWN)


def _read_retry_after(value: str) -> float:
    """Return the seconds of the header `retry-after`, which is a number or a date."""
    if value.isdecimal():
        seconds = float(value[:9])
    else:
        try:
            until = email.utils.parsedate_to_datetime(value)
            seconds = (until - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return 0.0
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)

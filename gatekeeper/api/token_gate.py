"""Check the token of changes: wrong ones are counted, logged and slowed down.

The right token passes at once, however many wrong ones arrive: a flood of them must not prevent a
rollback. Guessing 16 characters is hopeless at any rate.
"""

import asyncio
import logging
import time
from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request

from gatekeeper.api.bearer_token import TokenFile
from shared.text import to_printable

logger = logging.getLogger(__name__)

DELAY_SECONDS = 1.0
"""Seconds before the response to a wrong token."""
MOST_WAITING = 64
"""The most wrong tokens that wait for their response; others get 429 at once."""
LOG_SECONDS = 10.0
"""Least seconds between two log messages about wrong tokens."""
_FOREIGN = frozenset({"cross-site", "same-site"})
"""Values of Sec-Fetch-Site with which browsers mark requests of pages of other origins."""


class TokenGate:
    """The gate of all changes."""

    def __init__(
        self,
        token: TokenFile,
        delay_seconds: float = DELAY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.wrong = 0
        """The number of wrong tokens since the start."""
        self._token = token
        self._delay = delay_seconds
        self._clock = clock
        self._waiting = 0
        self._logged, self._logged_at = 0, -LOG_SECONDS

    async def require(self, request: Request, presented: str, how: str) -> None:
        """Accept *presented* if it is the token.

        Raises:
            HTTPException: 403 for a wrong token, with *how* to find the right one; 429 if too many
                wrong tokens wait for their responses.
            TokenError: The token cannot be read.
        """
        if self._token.matches(presented):
            return
        self.wrong += 1
        self._log(request)
        if self._waiting >= MOST_WAITING:
            raise HTTPException(
                429, "Too many requests have a wrong token. Try again later.", {"Retry-After": "10"}
            )
        self._waiting += 1
        try:
            await asyncio.sleep(self._delay)
        finally:
            self._waiting -= 1
        raise HTTPException(403, f"The token is wrong. {how}")

    def _log(self, request: Request) -> None:
        now = self._clock()
        if now - self._logged_at < LOG_SECONDS:
            return
        new, self._logged, self._logged_at = self.wrong - self._logged, self.wrong, now
        client = request.client.host if request.client else "unknown"
        logger.warning(
            "A request from %s to %s has a wrong token; it is number %d since the last message.",
            *(client, to_printable(request.url.path), new),
        )


def refuse_other_sites(request: Request) -> None:
    """Raise 403 for a change that a browser sends on behalf of a page of another origin."""
    if request.headers.get("sec-fetch-site", "").lower() in _FOREIGN:
        raise HTTPException(403, "A page of another site may not change what is in production.")

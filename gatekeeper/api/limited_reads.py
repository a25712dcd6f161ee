"""Read large documents for anonymous clients, only a few at once, so that memory is bounded."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from fastapi.responses import Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

READS_AT_ONCE = 2
"""The most documents that are read and rendered at once: one may take 100 MiB."""

_Result = TypeVar("_Result")


class LimitedReads:
    """A limit of simultaneous reads. Further requests wait, and take no thread meanwhile."""

    def __init__(self, at_once: int = READS_AT_ONCE) -> None:
        self._places = asyncio.Semaphore(at_once)

    async def run(self, read: Callable[[], _Result]) -> _Result:
        """Call *read* in a thread, after an earlier read if there are too many."""
        async with self._places:
            return await run_in_threadpool(read)

    async def answer(self, read: Callable[[], BaseModel]) -> Response:
        """Return the result of *read* as JSON; only its bytes outlive the read."""
        data = await self.run(lambda: read().model_dump_json().encode())
        return Response(data, media_type="application/json")

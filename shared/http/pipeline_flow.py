"""Stop reading from a client while its requests, or other clients, wait for their turn."""

import asyncio
from collections.abc import Sized

from uvicorn.protocols.http.flow_control import FlowControl


class PipelineFlow(FlowControl):
    """A flow that reads on only when no request waits, and that reads large bodies in turns.

    uvicorn reads on after each response, although others wait. So a client that sends requests
    without an end, and reads its responses, could fill the memory.
    """

    def __init__(self, flow: FlowControl, waiting: Sized) -> None:
        """Replace *flow*, which is new, on a connection with these requests that wait."""
        super().__init__(flow._transport)  # noqa: SLF001 - the same transport
        self._waiting = waiting

    def resume_reading(self) -> None:
        """Read on, unless requests wait: the end of the last one calls this again."""
        if not self._waiting:
            super().resume_reading()

    def let_others_read(self, seconds: float = 0.0) -> None:
        """Read on after these seconds, when every other connection had its turn.

        Otherwise the event loop reads as long as a fast client sends, megabytes at a time.
        """
        if not self.read_paused:
            self._transport.pause_reading()
            asyncio.get_running_loop().call_later(seconds, self._read_on)

    def _read_on(self) -> None:
        if not self.read_paused:
            self._transport.resume_reading()

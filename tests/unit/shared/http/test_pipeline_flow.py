"""A connection reads nothing more while received requests, or other connections, wait."""

import asyncio
from typing import Any, cast

from uvicorn.protocols.http.flow_control import FlowControl

from shared.http.pipeline_flow import PipelineFlow


class Transport:
    """Counts how often reading was resumed."""

    def __init__(self) -> None:
        self.resumed = 0
        self.is_paused = False

    def pause_reading(self) -> None:
        self.is_paused = True

    def resume_reading(self) -> None:
        self.is_paused = False
        self.resumed += 1


def flow_of(transport: Transport, waiting: list[str]) -> PipelineFlow:
    return PipelineFlow(FlowControl(cast("Any", transport)), waiting)


def test_reading_goes_on_only_when_no_request_waits() -> None:
    transport, waiting = Transport(), ["a request"]
    flow = flow_of(transport, waiting)
    flow.pause_reading()
    flow.resume_reading()
    assert (transport.resumed, flow.read_paused) == (0, True)
    waiting.clear()
    flow.resume_reading()
    assert (transport.resumed, flow.read_paused) == (1, False)


def test_a_connection_with_much_to_read_lets_all_others_read_first() -> None:
    transport = Transport()

    async def read_twice() -> list[bool]:
        flow, found = flow_of(transport, []), []
        for is_full in (False, True):
            flow.let_others_read()
            found.append(transport.is_paused)
            if is_full:
                flow.pause_reading()  # as for a body that nobody has taken yet
            for _ in range(3):  # turns of the loop, for its timer of no seconds
                await asyncio.sleep(0)
            found.append(transport.is_paused)
        flow.resume_reading()
        return [*found, transport.is_paused]

    assert asyncio.run(read_twice()) == [True, False, True, True, False]

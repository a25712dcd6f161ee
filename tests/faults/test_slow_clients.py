"""Hundreds of slow clients and idle connections never make the good client fail."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from shared.http.open_connections import RESERVED_DESCRIPTORS
from shared.http.timeouts_and_sizes import HEAD_SECONDS, IDLE_SECONDS
from tests.faults.support.effort import IS_FULL
from tests.faults.support.http_services import KINDS, Service, service
from tests.faults.support.record import Record
from tests.faults.support.slow_clients import Good, Slow, allow_many_sockets, running, until
from tests.support.http.raw_client import answers_in

SLOW = 200
DESCRIPTORS = 256
IDLE = 300
WAVE = 50
"""Connections opened at once: too few to make the good client's connection the oldest."""
HEAD = b"GET /livez HTTP/1.1\r\nx: "


def slow_ones(found: Service) -> dict[str, list[Slow]]:
    """Build slow clients of each kind."""
    halves = [found.bodies[0]] * (SLOW // 2) + [found.bodies[1]] * (SLOW // 2)
    quiet = [b""] * (SLOW // 2) + [found.good] * (SLOW // 2)
    return {
        "slow in their headers": [Slow(found.port, HEAD) for _ in range(SLOW)],
        "slow in their bodies": [Slow(found.port, head) for head in halves],
        "idle": [Slow(found.port, asked, bytewise=False) for asked in quiet],
        "slow to read": [
            Slow(found.port, found.large, bytewise=False, takes=1) for _ in range(SLOW)
        ],
    }


def test_a_good_client_beside_hundreds_of_slow_ones_never_fails(
    http_services: dict[str, Service], record: Record
) -> None:
    allow_many_sockets()
    services = list(http_services.values())
    before = [found.descriptors() for found in services]
    good = [Good(found.port, found.good) for found in services]
    slow = [slow_ones(found) for found in services]
    asyncio.run(side_by_side(good, slow))
    for client, found, kinds, count in zip(good, services, slow, before, strict=True):
        assert client.lost == []
        for one in kinds["slow in their headers"]:
            assert [answer.status for answer in answers_in(one.received)] == [408]
        found.wait_for_descriptors(count + 2)
        assert "Traceback" not in found.log.read_text()
        name = "beside slow clients"
        record.add(name, "requests", client.answered)
        record.most(name, "ms, longest of them", round(1000 * client.longest))
        for kind, ones in kinds.items():
            record.add("slow clients", kind, len(ones))


async def side_by_side(good: list[Good], slow: list[dict[str, list[Slow]]]) -> None:
    """Run until the deadlines of headers have passed, in the full form all deadlines."""
    clients = [client.ask_on() for client in good]
    every = [one for kinds in slow for ones in kinds.values() for one in ones]
    clients += [one.go_on() for one in every]
    async with running(*clients):
        late = [one for kinds in slow for one in kinds["slow in their headers"]]
        await until(lambda: all(one.has_ended for one in late), "408", 6 * HEAD_SECONDS)
        assert not any(one.has_ended for kinds in slow for one in kinds["idle"])
        await until(lambda: all(client.answered > 100 for client in good), "answers")
        if IS_FULL:
            late = [one for one in every if one.takes > 1]
            await until(lambda: all(one.has_ended for one in late), "all", 3 * IDLE_SECONDS)
            for kinds in slow:
                for one in kinds["slow in their bodies"]:
                    assert [answer.status for answer in answers_in(one.received)] == [408]


@pytest.mark.parametrize("kind", KINDS)
def test_idle_and_slow_connections_cannot_use_up_the_descriptors(
    tmp_path: Path, record: Record, kind: str
) -> None:
    allow_many_sockets()
    limit = ("prlimit", f"--nofile={DESCRIPTORS // 2}:{DESCRIPTORS}")  # soft and hard
    with service(kind, tmp_path / kind, limit) as found:
        starts = [(b"", False), (found.good, False), (HEAD, True), (found.bodies[0], True)]
        for mixture in [starts, *([start] for start in starts if IS_FULL)]:
            good = Good(found.port, found.good)
            slow = [Slow(found.port, *mixture[number % len(mixture)]) for number in range(IDLE)]
            asyncio.run(crowd(found, good, slow))
            assert good.lost == []
            record.add("crowd", "connections", IDLE)
            record.add("crowd", "requests beside it", good.answered)
        text = found.log.read_text()
        assert f"{DESCRIPTORS - RESERVED_DESCRIPTORS} connections are open, the limit" in text
        assert "Traceback" not in text


async def crowd(found: Service, good: Good, slow: list[Slow]) -> None:
    """Open more connections than the limit, beside a good client."""
    async with running(good.ask_on()):
        await until(lambda: good.answered > 0, "a first answer")
        async with AsyncExitStack() as stack:
            for start in range(0, IDLE, WAVE):
                wave = slow[start : start + WAVE]
                await stack.enter_async_context(running(*(one.go_on() for one in wave)))
                await answers(good, 2)
            more = IDLE - (DESCRIPTORS - RESERVED_DESCRIPTORS)
            await until(lambda: sum(one.has_ended for one in slow) >= more, "room to be made")
            assert found.descriptors() < DESCRIPTORS
            await answers(good, 100)


async def answers(good: Good, count: int) -> None:
    """Wait until the good client has this many more responses."""
    already = good.answered
    await until(lambda: good.answered > already + count, "the good client's answers")

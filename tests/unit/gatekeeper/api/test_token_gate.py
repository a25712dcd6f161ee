"""Wrong tokens are counted, logged, and slowed down. The right one passes."""

import asyncio
import logging
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from gatekeeper.api.bearer_token import TokenFile
from gatekeeper.api.token_gate import MOST_WAITING, TokenGate, refuse_other_sites

TOKEN = "a token of 24 characters"  # noqa: S105 - only of these tests


def request(**headers: str) -> Request:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "path": "/registry/\x1b[2J", "headers": raw, "client": ("1.2.3.4", 1)}
    return Request(scope | {"method": "POST", "query_string": b"", "server": ("test", 80)})


@pytest.fixture
def token(tmp_path: Path) -> TokenFile:
    path = tmp_path / "token"
    path.write_text(TOKEN)
    path.chmod(0o600)
    return TokenFile(path)


async def status_of(gate: TokenGate, presented: str) -> int:
    try:
        await gate.require(request(), presented, "")
    except HTTPException as error:
        return error.status_code
    return 200


def test_a_wrong_token_is_counted_and_logged_once_in_a_while(
    token: TokenFile, caplog: pytest.LogCaptureFixture
) -> None:
    now = 0.0
    gate = TokenGate(token, delay_seconds=0, clock=lambda: now)

    async def ask() -> list[int]:
        return [await status_of(gate, given) for given in ("wrong", "wrong", "", TOKEN)]

    assert asyncio.run(ask()) == [403, 403, 403, 200]
    now = 11.0
    assert asyncio.run(ask()) == [403, 403, 403, 200]
    assert gate.wrong == 6
    first, second = (each.message for each in caplog.records if each.levelno == logging.WARNING)
    assert first == (
        "A request from 1.2.3.4 to /registry/\\x1b[2J has a wrong token; "
        "it is number 1 since the last message."
    )
    assert "it is number 3 since" in second
    assert TOKEN not in caplog.text


def test_wrong_tokens_wait_and_many_get_429_while_the_right_one_passes(token: TokenFile) -> None:
    async def ask() -> list[int]:
        gate = TokenGate(token, delay_seconds=3600)
        waiting = [asyncio.create_task(status_of(gate, "wrong")) for _ in range(MOST_WAITING)]
        await asyncio.sleep(0)
        found = [await status_of(gate, "wrong"), await status_of(gate, TOKEN)]
        assert not any(task.done() for task in waiting)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        late = asyncio.create_task(status_of(gate, "wrong"))
        await asyncio.sleep(0)
        assert not late.done(), "a client that is gone gives its place back"
        late.cancel()
        return found

    assert asyncio.run(ask()) == [429, 200]


@pytest.mark.parametrize("site", ["cross-site", "same-site", "Cross-Site"])
def test_a_change_for_a_page_of_another_site_is_refused(site: str) -> None:
    with pytest.raises(HTTPException, match="another site"):
        refuse_other_sites(request(sec_fetch_site=site))


@pytest.mark.parametrize(
    "headers", [{}, {"sec_fetch_site": "same-origin"}, {"sec_fetch_site": "none"}]
)
def test_a_change_of_the_own_page_or_of_a_program_is_not_refused(headers: dict[str, str]) -> None:
    refuse_other_sites(request(**headers))

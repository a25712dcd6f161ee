"""The route of the page of live counts."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from gatekeeper.api.live_answers import describe_live
from gatekeeper.api.routes import Gate
from gatekeeper.pages.error_pages import PageRoute
from gatekeeper.pages.live.live_page import LivePageQuery, live_context
from gatekeeper.pages.rendering import render_page

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/live")
async def live(gate: Gate, query: Annotated[LivePageQuery, Query()]) -> Response:
    """Show requests, latencies, predictions and features of production."""
    return await gate.reads.run(
        lambda: render_page("live.html", live_context(describe_live(gate, query.range), query))
    )

"""A summary and an example for each route about trainings, for /docs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from shared.http.openapi_examples import RouteExample

_REQUEST: dict[str, Any] = {
    "format_version": 1,
    "id": "5f2b1c0a9d8e7f6a5b4c3d2e1f0a9b8c",
    "requested_at": "2026-01-31T12:00:00Z",
    "by": "ada",
}
_TRAININGS: dict[str, Any] = {
    "waiting": True,
    "schedule": "0 3 * * *",
    "timezone": "Europe/Vienna",
    "watch": False,
    "on_drift": True,
    "next_run": "2026-02-01T02:00:00Z",
    "running": None,
    "last_run": {
        "causes": ["schedule"],
        "started_at": "2026-01-31T02:00:00Z",
        "ended_at": "2026-01-31T02:03:20Z",
        "requested_by": None,
        "result": "decided",
        "candidate_id": "20260131T020315123456Z-1f0c9a3e",
        "outcome": "promoted",
        "message": None,
    },
    "failures": 0,
    "requested": None,
}

EXAMPLES: Mapping[str, RouteExample] = MappingProxyType(
    {
        "GET /training": RouteExample("The next training by itself, and the last one", _TRAININGS),
        "POST /train": RouteExample("Request a training now", _REQUEST, {"by": "ada"}),
    }
)

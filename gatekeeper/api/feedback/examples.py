"""A summary and examples of the route that takes labels, for /docs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from shared.http.openapi_examples import RouteExample

LABELS: list[dict[str, Any]] = [
    {"id": "order 17", "label": "benign"},
    {"id": "4f2a91c07be3d856-2", "label": "malignant"},
]
CSV = "id,label\norder 17,benign\n4f2a91c07be3d856-2,malignant\n"
_COUNTS = {"received": 2, "new": 2, "replaced": 0, "contradicting": 0, "unknown": 0}

EXAMPLES: Mapping[str, RouteExample] = MappingProxyType(
    {"POST /feedback": RouteExample("Send what turned out to be true", _COUNTS)}
)

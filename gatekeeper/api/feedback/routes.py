"""The route of the API that takes labels."""

from typing import Any

from fastapi import APIRouter, Request

from gatekeeper.api.feedback.bodies import FeedbackAnswer, LabelEntry
from gatekeeper.api.feedback.column_names import find_column_names
from gatekeeper.api.feedback.examples import CSV, LABELS
from gatekeeper.api.feedback.media_type import is_csv
from gatekeeper.api.request_body import read_limited
from gatekeeper.api.routes import Gate, change
from gatekeeper.feedback.csv_labels import parse_csv
from gatekeeper.feedback.json_labels import parse_json
from gatekeeper.feedback.received_label import MAX_LABELS
from shared.http.service_app import error_responses

MAX_FEEDBACK_BYTES = 8 << 20
"""The largest body with labels."""
_SCHEMA = {"type": "array", "maxItems": MAX_LABELS, "items": LabelEntry.model_json_schema()}
_ROUTE: dict[str, Any] = {
    **change(LabelEntry),
    "responses": error_responses(401, 403, 413, 415, 422, 429, 503),
    "openapi_extra": {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": _SCHEMA, "example": LABELS},
                "text/csv": {"schema": {"type": "string"}, "example": CSV},
            },
        }
    },
}

router = APIRouter(tags=["feedback"])


@router.post("/feedback", **_ROUTE)
async def feedback(gate: Gate, request: Request) -> FeedbackAnswer:
    """Keep what turned out to be true. The answer comes when the labels are durable."""
    has_table = is_csv(request.headers)
    data = await read_limited(request, MAX_FEEDBACK_BYTES)

    def receive() -> FeedbackAnswer:
        names = find_column_names(gate.store) if has_table else None
        labels = parse_csv(data, names) if names else parse_json(data)
        return FeedbackAnswer.of(gate.feedback.receive(labels))

    return await gate.feedback_parts.run(receive)

"""Encode an event as the body of a request.

`type`, `timestamp` and `data` are those of Standard Webhooks. `text` is what Slack, Mattermost and
the older connectors of Teams show. A workflow of Teams shows only cards, so it gets one.
"""

import json
from typing import Any

from gatekeeper.notifications.receivers import Receiver
from shared.following.notification_cursor import Event

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "@\u200b"})
"""Slack and Mattermost would notify people: a name may contain `<!channel>` or `@all`."""


def encode_payload(event: Event, receiver: Receiver) -> bytes:
    """Return the body of an event for a receiver: the same bytes each time."""
    body: dict[str, Any] = {
        "type": event.type,
        "timestamp": event.model_dump(mode="json")["at"],
        "data": event.data,
        "text": event.text.translate(_ESCAPES),
    }
    if receiver.takes_cards:
        body["attachments"] = [_make_card(event.text)]
    return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()


def _make_card(text: str) -> dict[str, Any]:
    content = {
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "TextBlock", "text": text, "wrap": True}],
    }
    return {"contentType": "application/vnd.microsoft.card.adaptive", "content": content}

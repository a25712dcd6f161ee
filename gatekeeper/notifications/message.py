"""Make one request of an event: the body, and the headers of Standard Webhooks."""

import time
from pathlib import Path

from gatekeeper.notifications.http_post import Answer, post
from gatekeeper.notifications.payload import encode_payload
from gatekeeper.notifications.receivers import Receiver
from gatekeeper.notifications.signature import read_webhook_secrets, sign
from shared.errors import WebhookSecretError
from shared.following.notification_cursor import Event
from shared.version import VERSION


class Sender:
    """The way of an event to a receiver, for any thread."""

    def __init__(self, secret_file: Path | None) -> None:
        self._secret_file = secret_file

    def send(self, event: Event, receiver: Receiver) -> Answer:
        """Send *event* once and return the answer. An event is never sent without its signature."""
        try:
            secrets = read_webhook_secrets(self._secret_file)
        except WebhookSecretError as error:
            return Answer(None, f"nothing was sent: {error}")
        body = encode_payload(event, receiver)
        timestamp = int(time.time())
        headers = {
            "content-type": "application/json",
            "user-agent": f"modelgate/{VERSION}",
            "webhook-id": event.id,
            "webhook-timestamp": str(timestamp),
        }
        if secrets:
            headers["webhook-signature"] = sign(secrets, event.id, timestamp, body)
        return post(receiver.url, headers, body)

"""One request of an event: headers, signature, body, and what never leaves."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from gatekeeper.notifications.events import TYPES, make_test_event
from gatekeeper.notifications.message import Sender
from gatekeeper.notifications.payload import encode_payload
from gatekeeper.notifications.receivers import Receiver, parse_receivers
from gatekeeper.notifications.signature import read_webhook_secrets
from shared.errors import WebhookSecretError
from shared.following.notification_cursor import Event
from tests.support.http.webhook_receiver import WebhookReceiver, webhook_receiver

ONE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


def receiver_of(found: WebhookReceiver) -> Receiver:
    (receiver,) = parse_receivers(found.url)
    return receiver


def secret_file(directory: Path, text: str, mode: int = 0o600) -> Path:
    path = directory / "webhook-secret"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_receiver_verifies_a_message_with_standard_webhooks(tmp_path: Path) -> None:
    event = make_test_event(NOW)
    with webhook_receiver() as found:
        answer = Sender(secret_file(tmp_path, f"{ONE}\n")).send(event, receiver_of(found))
    assert (answer.status, answer.problem) == (204, None)
    (request,) = found.requests
    payload = Webhook(ONE).verify(request.body, request.headers)
    assert payload["type"] == "custom_test"
    assert payload["timestamp"] == "2026-01-31T12:00:00Z"
    assert request.id == event.id
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(request.body, request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(ONE).verify(request.body + b" ", request.headers)


def test_both_secrets_verify_while_one_is_replaced(tmp_path: Path) -> None:
    sender = Sender(secret_file(tmp_path, f"{ONE}\n{OTHER}\n"))
    with webhook_receiver() as found:
        sender.send(make_test_event(NOW), receiver_of(found))
    (request,) = found.requests
    for secret in (ONE, OTHER):
        Webhook(secret).verify(request.body, request.headers)


def test_nothing_secret_is_in_a_message(tmp_path: Path) -> None:
    with webhook_receiver() as found:
        Sender(secret_file(tmp_path, ONE)).send(make_test_event(NOW), receiver_of(found))
    (request,) = found.requests
    sent = json.dumps(request.headers) + request.body.decode()
    assert ONE.removeprefix("whsec_") not in sent
    assert "secret-path" not in sent
    assert "authorization" not in request.headers


def test_without_a_secret_a_message_has_no_signature() -> None:
    with webhook_receiver() as found:
        Sender(None).send(make_test_event(NOW), receiver_of(found))
    assert "webhook-signature" not in found.requests[0].headers


def test_a_secret_that_became_unreadable_sends_nothing_unsigned(tmp_path: Path) -> None:
    path = secret_file(tmp_path, ONE, mode=0o644)
    with webhook_receiver() as found:
        answer = Sender(path).send(make_test_event(NOW), receiver_of(found))
    assert found.requests == []
    assert "other users can access it" in (answer.problem or "")


@pytest.mark.parametrize("text", ["", "\n", "secret", "whsec_c2hvcnQ=", f"{ONE}\nwhsec_%", "é"])
def test_a_malformed_secret_stops_the_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(WebhookSecretError, match="whsec_|one secret in each line") as error:
        read_webhook_secrets(secret_file(tmp_path, text))
    assert ONE not in str(error.value)


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_mattermost_takes_every_type(kind: str) -> None:
    assert TYPES[kind].startswith("custom_")
    assert len(TYPES[kind]) <= 26


def test_a_hostile_name_notifies_nobody() -> None:
    text = "<!channel> & @all <https://evil.example|click>"
    event = Event(id="1", type="custom_test", at=NOW, text=text, data={"model_name": text})
    shown = json.loads(encode_payload(event, Receiver("one", "https://example.com")))["text"]
    assert "<" not in shown
    assert "@all" not in shown
    assert "&lt;!channel&gt; &amp; " in shown


def test_a_workflow_of_teams_gets_a_card() -> None:
    (workflow,) = parse_receivers("https://prod-1.westeurope.logic.azure.com/workflows/1?sig=2")
    body = json.loads(encode_payload(make_test_event(NOW), workflow))
    (card,) = body["attachments"]
    assert card["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert card["content"]["body"][0]["text"].startswith("This is a test")
    (other,) = parse_receivers("https://hooks.slack.com/services/1")
    assert "attachments" not in json.loads(encode_payload(make_test_event(NOW), other))

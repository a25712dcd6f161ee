"""Webhooks that fail or wait on the command line. Pure: JSON in, text out."""

from collections.abc import Iterator, Sequence
from typing import Any

from gatekeeper.training_text import show_time


def show_webhooks(webhooks: Sequence[dict[str, Any]]) -> str:
    """Show the receivers that do not have all events; return nothing if all have."""
    return "\n".join(filter(None, (" ".join(_describe(each)) for each in webhooks)))


def _describe(webhook: dict[str, Any]) -> Iterator[str]:
    name = webhook["receiver"]
    if since := webhook["failing_since"]:
        yield (
            f"Webhooks to {name} fail since {show_time(since)}. "
            "The log of the notifier says why (`make logs`)."
        )
    if webhook["waiting"]:
        yield f"Decisions not sent to {name} yet: {webhook['waiting']}."
    if webhook["given_up"]:
        yield f"Events given up for {name} after 24 hours: {webhook['given_up']}."

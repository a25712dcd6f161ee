"""Spans of this process: pieces of work with a name, a time and a few attributes.

Without a receiver a span does nothing, and no library is imported for it.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from shared.errors import SettingsError
from shared.telemetry.attributes import Attributes, Span
from shared.telemetry.receiver_address import ENDPOINT, find_receiver

if TYPE_CHECKING:
    from shared.telemetry.span_sender import SpanSender

_sender: "SpanSender | None" = None
"""Sends the spans of this process; None without a receiver."""


class _NoSpan:
    """A span that nobody receives."""

    def add(self, attributes: Attributes) -> None:
        """Forget the attributes."""


_NO_SPAN = _NoSpan()


def require_spans() -> None:
    """Check that spans can be sent, if the environment has a receiver. Nothing starts.

    Raises:
        SettingsError: An address, a protocol or headers cannot be used, or a package is missing.
    """
    if find_receiver(os.environ) is not None:
        _load_sender()


def start_spans(service: str) -> None:
    """Send the spans of this process as those of *service*, if the environment has a receiver.

    Call it in the process that does the work, after all forks: it starts a thread.

    Raises:
        SettingsError: A variable of OpenTelemetry cannot be used, or a package is missing.
    """
    global _sender  # noqa: PLW0603 - as in logging, a process has one destination
    address = find_receiver(os.environ)
    if address is None:
        return
    sender = _load_sender()
    try:
        _sender = sender(service, address)
    except ValueError as error:
        raise SettingsError(
            f"A variable with the prefix OTEL_ cannot be used: {error}. Correct it, or unset it."
        ) from error


def _load_sender() -> "type[SpanSender]":
    try:
        from shared.telemetry.span_sender import SpanSender  # noqa: PLC0415 - an optional package
    except ModuleNotFoundError as error:
        raise SettingsError(
            f"{ENDPOINT} is set, but the package {error.name} is not installed. Install "
            "requirements/otel.txt (OTEL=true when you start, or as build argument of the images), "
            "or unset the variable to send no spans."
        ) from error
    return SpanSender


def stop_spans(seconds: float) -> None:
    """Send what is left, within *seconds*. Spans that begin later are lost."""
    global _sender  # noqa: PLW0603 - as above
    if _sender is not None:
        _sender.stop(seconds)
        _sender = None


def is_sending() -> bool:
    """Return whether there is a receiver."""
    return _sender is not None


@contextmanager
def span(name: str, parent: str | None = None, since: int | None = None) -> Iterator[Span]:
    """Send the block as a span within the one around it, or within the traceparent *parent*.

    It begins now, or at *since*, in nanoseconds of the wall clock. An error of the block is sent
    as its class only, because a message may contain data.
    """
    if _sender is None:
        yield _NO_SPAN
        return
    with _sender.open(name, parent, since) as opened:
        yield opened


def send_span(
    name: str,
    since: int,
    until: int,
    *,
    parent: str | None = None,
    attributes: Attributes | None = None,
    is_error: bool = False,
) -> None:
    """Send finished work, from *since* to *until* in nanoseconds of the wall clock.

    It is within the traceparent *parent*, as the work for a client; without one it is within the
    span around it.
    """
    if _sender is not None:
        _sender.send(name, since, until, parent, attributes or {}, is_error=is_error)


def own_traceparent() -> str | None:
    """Return the traceparent of the span around this, so that another process continues it."""
    return None if _sender is None else _sender.own_traceparent()

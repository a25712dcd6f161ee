"""Spans of decisions that no new candidate causes: by a person, or by a failed probation."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.contract.documents import Decision
from shared.telemetry.attributes import DIGEST, OUTCOME, VERSION, Attributes, Span
from shared.telemetry.spans import span
from shared.tracing.traceparent import current_traceparent


@contextmanager
def span_of_person(name: str, run: str | None = None) -> Iterator[Span]:
    """Send the block as a span within the trace of the client.

    A request without a trace continues the traceparent *run* of the candidate's training.
    """
    client = current_traceparent.get()
    with span(name, client.decode() if client else run) as opened:
        yield opened


def describe_result(decision: Decision) -> Attributes:
    """Return the attributes of a committed decision."""
    if decision.registry is None:
        return {OUTCOME: decision.outcome}
    registry = decision.registry
    return {OUTCOME: decision.outcome, VERSION: registry.version, DIGEST: registry.digest}

"""What stops a measurement."""

from shared.errors import ModelgateError


class BenchError(ModelgateError):
    """Something could not be measured; the message says why."""

"""The error that stops a measurement."""

from shared.errors import ModelgateError


class BenchError(ModelgateError):
    """A measurement that is not possible, with the reason."""

"""The error of a model that was fitted elsewhere and cannot be published."""

from shared.errors import CandidatesError


class UnfitModelError(CandidatesError):
    """A brought model cannot be a candidate: the message says why and what to do."""

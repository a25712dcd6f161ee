"""The words of a person who makes a decision: why, and who it is."""

from dataclasses import dataclass

from shared.contract.documents import Decision


@dataclass(frozen=True)
class Statement:
    """The reason for a rollback, an approval or a rejection, as far as it is given."""

    reason: str | None = None
    by: str | None = None
    """The name that the person gives. Everybody with the token can give any name."""

    def add_to(self, decision: Decision) -> Decision:
        """Return *decision* with these words."""
        return decision.model_copy(update={"reason": self.reason, "decided_by": self.by})


SILENT = Statement()

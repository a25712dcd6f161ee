"""Find the decisions on a model that was already in production, byte for byte."""

from collections.abc import Iterable

from shared.contract.documents import Decision, Registry


def find_repeated_models(decisions: Iterable[Decision]) -> dict[int, int]:
    """Return the numbers of such decisions, each with the version that had the same model.

    *decisions* are in the order of the log. Rollbacks are left out.
    """
    found: dict[int, int] = {}
    before: Registry | None = None
    for decision in decisions:
        registry = decision.registry
        is_same = registry is not None and before is not None and registry.digest == before.digest
        if before and (
            decision.outcome == "unchanged" or (decision.outcome == "promoted" and is_same)
        ):
            found[decision.number] = before.version
        before = registry or before
    return found


def describe_repetition(decision: Decision, version: int) -> str:
    """Say that *version* has the same model, and which setting avoids another version of it."""
    text = f"It is the same model as v{version}, byte for byte."
    if decision.outcome == "promoted":
        text += " GATEKEEPER_SKIP_IDENTICAL=true keeps the version in such a case."
    return text

"""The versions that are shown and scored: production and its predecessor."""

from collections.abc import Sequence

from shared.contract.documents import Decision, Registry


def choose_versions(decisions: Sequence[Decision]) -> list[Registry]:
    """Return production and its predecessor by the log, *decisions*, oldest first."""
    newest_first = (each.registry for each in reversed(decisions) if each.registry)
    now = next(newest_first, None)
    if now is None:
        return []
    before = next((each for each in newest_first if each.version == now.previous_version), None)
    return [now] if before is None else [now, before]

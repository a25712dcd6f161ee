"""The reasons why row hashes cannot show which rows a model was trained on."""

from gatekeeper.evidence.comparison_messages import SeenRows
from gatekeeper.evidence.facts import Champion
from shared.contract.layout import ROWS

REQUIRED = " GATEKEEPER_REQUIRE_ROW_HASHES=true requires it."


def why_unknown(seen: SeenRows, champion: Champion | None) -> str:
    """Return why the hashes of one model are unknown, as a sentence; empty if they are known."""
    if seen.challenger is None:
        return f"The candidate has no {ROWS}."
    if champion is None or seen.champion is not None:
        return ""
    return f"Version {champion.version}: {champion.why_rows_unknown or seen.champion_error}"

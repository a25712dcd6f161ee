"""The scores of the challenger and of the pinned version; see GATEKEEPER_MAX_TOTAL_DROP."""

from shared.contract.document import Finite, StrictModel
from shared.contract.field_types import Count


class PinnedScores(StrictModel):
    """The scores of challenger and pinned version on the holdout rows that neither has seen."""

    rows: Count
    challenger: Finite | None
    """None if the metric is undefined on these rows."""
    pinned: Finite | None
    seen: Count | None
    """Rows of the holdout that the pinned version was fitted on; None if that is unknown."""

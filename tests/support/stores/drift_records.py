"""States of drift, as the gatekeeper writes them."""

from datetime import UTC, datetime

from shared.live.drift_record import DriftedPart, DriftEvent, DriftRecord

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def drift_of(*features: str, version: int = 3, at: datetime = NOON) -> DriftRecord:
    """Return the record of a version whose *features* began to drift at one time."""
    return DriftRecord(
        checked_at=at,
        version=version,
        not_checked=None,
        drifted=tuple(
            DriftedPart(
                part="values",
                feature=name,
                stability_index=0.41,
                p_value=1e-9,
                rows=2000,
                since=at,
                seen_at=at,
            )
            for name in features
        ),
        events=(
            DriftEvent(
                number=1,
                kind="began",
                at=at,
                version=version,
                features=features,
                predictions=False,
            ),
        ),
    )

"""Read drift.json for people: a missing or invalid file is a sentence, not a failure."""

from gatekeeper.live_status.bodies import LiveDrift
from shared.contract.layout import StoreLayout
from shared.errors import StoreError
from shared.live.drift_file import DriftFile

_NEVER = "No comparison was made yet."


def read_drift(layout: StoreLayout) -> LiveDrift:
    """Return the last comparison of production with its reference."""
    try:
        record = DriftFile(layout).read()
    except (StoreError, OSError) as error:
        return _unknown(str(error))
    if record is None:
        return _unknown(_NEVER)
    return LiveDrift(
        version=record.version,
        checked_at=record.checked_at,
        not_checked=record.not_checked,
        drifted=list(record.drifted),
    )


def _unknown(reason: str) -> LiveDrift:
    return LiveDrift(version=None, checked_at=None, not_checked=reason, drifted=[])

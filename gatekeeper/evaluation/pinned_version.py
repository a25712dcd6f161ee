"""Find the pinned version: the one that GATEKEEPER_MAX_TOTAL_DROP compares each challenger with."""

from gatekeeper.policy.terms.gate_policy import GateSettings
from shared.contract.documents import Registry
from shared.store.decision_log import DecisionLog
from shared.store.store import ModelStore


def find_pinned(store: ModelStore, log: DecisionLog, settings: GateSettings) -> Registry | None:
    """Return the registry of the pinned version; None without a limit, or without such a version.

    Without GATEKEEPER_PINNED_VERSION it is the oldest version whose model is in the store.
    Retention keeps this model, so that the version stays the same.
    """
    if settings.max_total_drop is None:
        return None
    registries = [entry.registry for entry in log.decisions() if entry.registry is not None][::-1]
    if settings.pinned_version is not None:
        return next((each for each in registries if each.version == settings.pinned_version), None)
    kept = set(store.models.digests())
    return next((each for each in registries if each.digest in kept), None)

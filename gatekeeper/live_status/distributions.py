"""How production is distributed beside its reference: features, predictions, probabilities."""

from collections.abc import Sequence
from itertools import pairwise

from gatekeeper.live_status.bodies import MAX_LABEL, Distribution, LiveFeature
from shared.contract.documents import Feature
from shared.live.drift_record import DriftedPart
from shared.live.hour import FeatureCounts
from shared.live.reference import PROBABILITY_BINS, Bins, FeatureBins
from shared.text import shorten

_OTHERS = "others"


def label_bins(bins: Bins) -> list[str]:
    """Return a label for each bin: an interval, a name, or false and true."""
    if bins.names is not None:
        return [*(shorten(name, MAX_LABEL) for name in bins.names), _OTHERS]
    return label_edges(bins.edges) if bins.edges is not None else ["false", "true"]


def label_edges(edges: Sequence[float]) -> list[str]:
    """Return a label for each of the bins that *edges* divide."""
    if not edges:
        return ["all"]
    shown = [f"{edge:.6g}" for edge in edges]
    between = [f"{low} to {high}" for low, high in pairwise(shown)]
    return [f"up to {shown[0]}", *between, f"above {shown[-1]}"]


def compare_bins(bins: Bins, live: Sequence[int]) -> Distribution:
    """Return the distribution of predictions; bins that are empty in both are left out of names."""
    found = Distribution(
        bins=label_bins(bins),
        edges=list(bins.edges) if bins.edges is not None else None,
        reference=list(bins.counts),
        live=list(live) or [0] * bins.size,
    )
    return _drop_empty_others(found) if bins.names is not None else found


def compare_probabilities(reference: Sequence[int], live: Sequence[int]) -> Distribution | None:
    """Return the distribution of the largest probability; None for a model without any."""
    if not reference:
        return None
    edges = [place / PROBABILITY_BINS for place in range(1, PROBABILITY_BINS)]
    return Distribution(
        bins=label_edges(edges),
        edges=edges,
        reference=list(reference),
        live=list(live) or [0] * len(reference),
    )


def compare_features(
    features: Sequence[Feature],
    reference: Sequence[FeatureBins],
    live: Sequence[FeatureCounts],
    drifted: Sequence[DriftedPart],
) -> list[LiveFeature]:
    """Return all features, those that drift first, the largest stability index at the top.

    *live* has one entry for each feature, or none if no row was counted.
    """
    drifts: dict[str, list[DriftedPart]] = {}
    for part in drifted:
        if part.feature is not None:
            drifts.setdefault(part.feature, []).append(part)
    found = [
        _compare_feature(
            feature,
            bins,
            live[place] if live else FeatureCounts(counts=(), missing=0, unseen=0),
            drifts.get(feature.name, []),
        )
        for place, (feature, bins) in enumerate(zip(features, reference, strict=True))
    ]
    return sorted(found, key=lambda each: -max((d.stability_index for d in each.drift), default=-1))


def _compare_feature(
    feature: Feature, bins: FeatureBins, live: FeatureCounts, drift: list[DriftedPart]
) -> LiveFeature:
    found = compare_bins(bins, live.counts)
    return LiveFeature(
        **vars(found),
        name=shorten(feature.name, MAX_LABEL),
        reference_missing=bins.missing,
        live_missing=live.missing,
        live_unseen=live.unseen,
        drift=drift,
    )


def _drop_empty_others(found: Distribution) -> Distribution:
    """Leave out the bin of all other names if it is empty in both."""
    if found.reference[-1] or found.live[-1]:
        return found
    return found.model_copy(
        update={name: getattr(found, name)[:-1] for name in ("bins", "reference", "live")}
    )

"""A reference of many rows, by which small changes are significant."""

from shared.live.reference import Bins, FeatureBins, Reference


def enlarge(small: Reference) -> Reference:
    """Return *small* with 4000 rows; few of them have missing values."""
    features = tuple(
        FeatureBins(
            edges=each.edges,
            names=each.names,
            counts=tuple(40 * count for count in each.counts),
            missing=each.missing,
        )
        for each in small.features
    )
    predictions = Bins(
        names=small.predictions.names, counts=tuple(40 * n for n in small.predictions.counts)
    )
    probabilities = tuple(40 * n for n in small.probabilities)
    return Reference(
        rows=4000, features=features, predictions=predictions, probabilities=probabilities
    )

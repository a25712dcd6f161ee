"""The parts of production that are compared, each with its distribution in the reference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from gatekeeper.live.version_sum import Shape, VersionSum
from shared.live.hour import FeatureCounts
from shared.live.reference import Reference

PartName = Literal["values", "missing", "unseen", "predictions", "probabilities"]


@dataclass(frozen=True)
class ComparedPart:
    """One distribution of the reference."""

    part: PartName
    feature: str | None
    """None for predictions and probabilities."""
    place: int
    """The index of the feature; 0 without one."""
    counts: tuple[int, ...]
    """The rows of the reference in each bin."""
    is_ordered: bool

    def count(self, sums: VersionSum, features: Sequence[FeatureCounts]) -> tuple[int, ...]:
        """Return the rows of production in the same bins; *features* are those of *sums*."""
        if self.part == "predictions":
            return sums.predictions
        if self.part == "probabilities":
            return sums.probabilities
        found = features[self.place]
        if self.part == "values":
            return found.counts
        known = sum(found.counts)
        if self.part == "missing":
            return found.missing, known + found.unseen
        return found.unseen, known


def list_parts(reference: Reference, features: Sequence[str]) -> list[ComparedPart]:
    """List what is compared with *reference*; *features* are the names in its order."""
    return [*_list_feature_parts(reference, features), *_list_prediction_parts(reference)]


def shape_of(reference: Reference) -> Shape:
    """Return the number of bins that workers count in."""
    return Shape(
        reference.predictions.size,
        len(reference.probabilities),
        tuple(feature.size for feature in reference.features),
    )


def _list_feature_parts(reference: Reference, features: Sequence[str]) -> Iterator[ComparedPart]:
    for place, (name, bins) in enumerate(zip(features, reference.features, strict=True)):
        known = sum(bins.counts)
        is_number = bins.edges is not None
        yield ComparedPart("values", name, place, bins.counts, is_number)
        yield ComparedPart("missing", name, place, (bins.missing, known), is_ordered=False)
        if bins.names is not None:
            yield ComparedPart("unseen", name, place, (0, known), is_ordered=False)


def _list_prediction_parts(reference: Reference) -> Iterator[ComparedPart]:
    predictions = reference.predictions
    yield ComparedPart("predictions", None, 0, predictions.counts, predictions.edges is not None)
    if reference.probabilities:
        yield ComparedPart("probabilities", None, 0, reference.probabilities, is_ordered=True)

"""reference.json of a model or a candidate: reading it, and whether it fits its artefact."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.contract.documents import JSON_MEDIA_TYPE, Artefact, Descriptor, Feature
from shared.contract.layout import REFERENCE
from shared.errors import DocumentError
from shared.live.reference import (
    MAX_REFERENCE_BYTES,
    PROBABILITY_BINS,
    Bins,
    FeatureBins,
    Reference,
)
from shared.store.verified_read import read_document


@dataclass(frozen=True)
class FoundReference:
    """A reference that fits its artefact, and the descriptor of its bytes."""

    reference: Reference
    descriptor: Descriptor

    @property
    def sha256(self) -> str:
        """The SHA-256 by which counts name their reference."""
        return self.descriptor.sha256


def read_reference(directory: Path, artefact: Artefact) -> FoundReference | None:
    """Read the reference in the directory of a model or candidate; None if there is none.

    Raises:
        UnsafeFileError: The path leads through a link, or to something that is not a file.
        DocumentError: The document is malformed or too large, or it contradicts *artefact*.
        OSError: The file cannot be read now.
    """
    path = directory / REFERENCE
    try:
        data = read_document(path, max_bytes=MAX_REFERENCE_BYTES)
    except FileNotFoundError:
        return None
    reference = Reference.decode(data, path)
    require_fitting(reference, artefact, path)
    return FoundReference(reference, Descriptor.describe(REFERENCE, JSON_MEDIA_TYPE, data))


def require_fitting(reference: Reference, artefact: Artefact, source: Path | str) -> None:
    """Raise DocumentError, which names *source*, if *reference* contradicts *artefact*."""
    expected, found = len(artefact.features), len(reference.features)
    if found != expected:
        raise DocumentError(
            f"{source}: the number of features is {found}; expected {expected}, as in the artefact."
        )
    for feature, bins in zip(artefact.features, reference.features, strict=True):
        if why := _contradicts(feature, bins, reference.rows):
            raise DocumentError(f"{source} contradicts the feature {feature.name!r:.60}: {why}.")
    if why := _contradicts_answers(reference, artefact):
        raise DocumentError(f"{source} contradicts the predictions of the artefact: {why}.")


def _contradicts(feature: Feature, bins: FeatureBins, rows: int) -> str | None:
    """Return in which way *bins* contradict *feature*; None if they fit."""
    if (bins.edges is not None) != (feature.type == "number"):
        expected = "edges" if feature.type == "number" else "no edges"
        return f"expected {expected} for a {feature.type}"
    if feature.type == "boolean" and bins.names is not None:
        return "expected no names for a boolean"
    if feature.type == "category" and (why := _lacks(bins, feature.categories or (), "category")):
        return why
    if sum(bins.counts) + bins.missing != rows:
        return f"expected counts of {rows} rows, found {sum(bins.counts) + bins.missing}"
    return None


def _contradicts_answers(reference: Reference, artefact: Artefact) -> str | None:
    bins = reference.predictions
    if artefact.classes and (why := _lacks(bins, artefact.classes, "class")):
        return why
    if not artefact.classes and bins.edges is None:
        return "expected edges for a regression"
    expected = PROBABILITY_BINS if artefact.has_probabilities else 0
    if (found := len(reference.probabilities)) != expected:
        return f"expected {expected} bins of probabilities, found {found}"
    return None


def _lacks(bins: Bins, known: Sequence[str], kind: str) -> str | None:
    """Return what is wrong with the names of *bins*; None if all are different *known* ones."""
    if bins.names is None:
        return f"expected the name of each {kind}"
    if len(set(bins.names)) < len(bins.names):
        return f"it names a {kind} twice"
    codes = frozenset(known)
    unknown = next((name for name in bins.names if name not in codes), None)
    return None if unknown is None else f"it has no {kind} {unknown!r:.60}"

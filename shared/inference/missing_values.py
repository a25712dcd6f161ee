"""The strings that are missing values of each feature."""

from shared.contract.documents import Artefact, Feature


def list_features(artefact: Artefact) -> tuple[Feature, ...]:
    """Return the features of a model, each with its own list of strings that count as missing."""
    common = artefact.missing_values
    if not common:
        return artefact.features
    return tuple(
        feature
        if feature.missing_values is not None
        else feature.model_copy(update={"missing_values": common})
        for feature in artefact.features
    )

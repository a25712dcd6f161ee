"""The model in production with its reference, as far as it can be compared."""

import hashlib
from dataclasses import dataclass

from gatekeeper.drift.compared_parts import ComparedPart, list_parts, shape_of
from gatekeeper.live.version_sum import SumKey
from shared.contract.documents import Artefact, Registry
from shared.contract.layout import REFERENCE
from shared.errors import DocumentError
from shared.live.reference import MAX_REFERENCE_BYTES, Reference
from shared.store.models import read_artefact
from shared.store.store import ModelStore
from shared.store.verified_read import read_document


@dataclass(frozen=True)
class ComparedModel:
    """The parts of one version, and the key of the counts that are in their bins."""

    key: SumKey
    parts: list[ComparedPart]


def read_compared_model(store: ModelStore, registry: Registry) -> ComparedModel | None:
    """Read the reference of the model that *registry* names; None if it has none.

    Raises:
        StoreError: The artefact or the reference is damaged, or they contradict each other.
        OSError: They cannot be read now.
    """
    directory = store.models.directory(registry.digest)
    path = directory / REFERENCE
    try:
        data = read_document(path, max_bytes=MAX_REFERENCE_BYTES)
    except FileNotFoundError:
        return None
    reference = Reference.decode(data, path)
    artefact = read_artefact(directory, registry.digest)
    if len(reference.features) != len(artefact.features):
        raise DocumentError(
            f"{path} describes {len(reference.features)} features, but the model has "
            f"{len(artefact.features)}. Train a new candidate."
        )
    key = SumKey(
        registry.version, registry.digest, hashlib.sha256(data).hexdigest(), shape_of(reference)
    )
    return ComparedModel(key, list_parts(reference, _names(artefact)))


def _names(artefact: Artefact) -> list[str]:
    return [feature.name for feature in artefact.features]

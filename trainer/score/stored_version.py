"""Find a version in the store, and load its model with the proofs that a predictor requires."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.contract.documents import Artefact, Registry
from shared.contract.signatures import verify_registry
from shared.errors import (
    ArtefactCorruptError,
    ModelNotFoundError,
    ModelPrunedError,
    NoRegistryError,
    VersionNotFoundError,
)
from shared.inference.build import build_servable
from shared.inference.golden_rows import verify_golden_rows
from shared.inference.servable import Servable
from shared.store.store import ModelStore

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys


@dataclass(frozen=True, eq=False)
class StoredVersion:
    """A version, and its model in memory. Nothing that happens in the store changes it."""

    registry: Registry
    artefact: Artefact
    servable: Servable

    @property
    def title(self) -> str:
        """The version for people."""
        return f"version {self.registry.version} ({self.registry.model_name})"


def find_registry(
    store: ModelStore, version: int | None, keys: "KnownKeys | None" = None
) -> Registry:
    """Return the registry of *version*, or of the version in production.

    With *keys*, the registry must be signed by one of them.

    Raises:
        NoRegistryError: No model was in production yet.
        VersionNotFoundError: No such version was in production.
        SignatureError: The registry is not signed by a known key.
        StoreError: The registry or the log cannot be read.
    """
    if version is None:
        data = store.registry.read_bytes()
        if data is None:
            raise NoRegistryError(
                f"No model is in production in the store {store.layout.root}. Train one with "
                "`make retrain`, or set STORE_DIR to another store."
            )
        if keys is not None:
            verify_registry(data, keys, store.layout.registry)
        return store.registry.decode(data)
    newest = None
    for entry in reversed(store.decision_log().entries):
        registry = entry.decision.registry
        if registry is None:
            continue
        newest = newest or registry.version
        if registry.version == version:
            if keys is not None and entry.registry_bytes is not None:
                verify_registry(
                    entry.registry_bytes, keys, store.layout.decision(entry.decision.number)
                )
            return registry
    known = f"the newest is {newest}" if newest else "no model was in production yet"
    raise VersionNotFoundError(
        f"There is no version {version}; {known}. `make history` lists the versions."
    )


def load_version(store: ModelStore, registry: Registry, *, allow_joblib: bool) -> StoredVersion:
    """Read, verify and build the model of a version, and run its golden rows.

    Raises:
        ModelPrunedError: The model was removed from the store, or is damaged.
        ServableError: The model cannot be loaded, or does not reproduce its golden rows.
        StoreError: The model cannot be read.
    """
    what = f"The model of version {registry.version}"
    try:
        model = store.models.read(registry.digest)
    except ModelNotFoundError as error:
        raise ModelPrunedError(
            f"{what} was removed from the store. Choose a newer version: VERSION=n. "
            "GATEKEEPER_KEEP_MODELS is the number of models to keep."
        ) from error
    except ArtefactCorruptError as error:
        raise ModelPrunedError(
            f"{what} is damaged: {error} Run `make fsck`, or choose another version: VERSION=n."
        ) from error
    servable = build_servable(model, allow_joblib=allow_joblib)
    verify_golden_rows(servable, model.golden, model.artefact)
    return StoredVersion(registry, model.artefact, servable)

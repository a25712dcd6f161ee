"""Read the desired version from registry.json. It only moves forward."""

from dataclasses import dataclass

from predictor.lifecycle.signed_registry import SignedRegistry
from shared.contract.documents import Registry
from shared.contract.layout import REGISTRY
from shared.errors import StoreError
from shared.store.registry_file import RegistryFile


@dataclass(frozen=True)
class RegistryObservation:
    """The result of one poll of the registry."""

    desired: Registry | None
    """The newest registry ever seen, even if the file is older now; None before the first."""
    problem: str | None
    """Why the file's present content is ignored."""


class RegistryWatcher:
    """Polls the content of registry.json, without time stamps or notifications.

    A registry that is missing, torn, unreadable, of a newer format or older than a previous one
    is ignored, and the problem is reported. With *signed*, an unsigned registry is ignored too,
    and the newest registry in the decision log counts as seen.
    """

    def __init__(self, registry: RegistryFile, signed: SignedRegistry | None = None) -> None:
        self._registry = registry
        self._signed = signed
        self._bytes: bytes | None = None
        self._seen = RegistryObservation(None, None)
        self._has_begun = signed is None

    def poll(self) -> RegistryObservation:
        """Open and read the file once; this is cheap while the file is unchanged."""
        try:
            self._begin()
            data = self._registry.read_bytes()
        except (StoreError, OSError) as error:
            self._bytes = None
            self._seen = RegistryObservation(
                self._seen.desired, f"{REGISTRY} cannot be read: {error}"
            )
            return self._seen
        if data is None:
            self._bytes = None
            self._seen = RegistryObservation(self._seen.desired, self._missing())
        elif data != self._bytes:
            self._bytes = data
            self._seen = self._follow(data)
        return self._seen

    def _begin(self) -> None:
        if self._signed is not None and not self._has_begun:
            self._seen = RegistryObservation(self._signed.newest(), None)
            self._has_begun = True

    def _missing(self) -> str | None:
        if self._seen.desired is None:
            return None  # before the first promotion there is no registry
        return f"{REGISTRY} is missing; version {self._seen.desired.version} stays desired."

    def _follow(self, data: bytes) -> RegistryObservation:
        known = self._seen.desired
        try:
            if self._signed is not None:
                self._signed.require(data)
            registry = self._registry.decode(data)
        except StoreError as error:
            return RegistryObservation(known, str(error))
        if known is None or registry.version > known.version or registry == known:
            return RegistryObservation(registry, None)
        if registry.version == known.version:
            problem = f"{REGISTRY} has new content for the same version {registry.version}"
        else:
            problem = f"{REGISTRY} went back from version {known.version} to {registry.version}"
        return RegistryObservation(
            known,
            f"{problem}; a worker ignores that. "
            "If the store was restored on purpose, restart the predictor.",
        )

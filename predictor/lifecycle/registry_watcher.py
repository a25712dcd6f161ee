"""The source: what registry.json says is desired. It only ever moves forward."""

from dataclasses import dataclass

from predictor.lifecycle.signed_registry import SignedRegistry
from shared.contract.documents import Registry
from shared.contract.layout import REGISTRY
from shared.errors import StoreError
from shared.store.registry_file import RegistryFile


@dataclass(frozen=True)
class RegistryObservation:
    """What one look at the registry came to."""

    desired: Registry | None
    """The newest registry ever seen, whatever the file says now; None before the first."""
    problem: str | None
    """Why the file as it stands now was not followed."""


class RegistryWatcher:
    """Looks at the content of registry.json: no time stamp, no notification, no kept descriptor.

    A registry that is missing, torn, unreadable, of a newer format or older than one seen
    before changes nothing but the problem that is reported. Nor does one that must be signed
    and is not, where *signed* is given; then the newest that the log knows counts as seen.
    """

    def __init__(self, registry: RegistryFile, signed: SignedRegistry | None = None) -> None:
        self._registry = registry
        self._signed = signed
        self._bytes: bytes | None = None
        self._seen = RegistryObservation(None, None)
        self._has_begun = signed is None

    def poll(self) -> RegistryObservation:
        """Open and read the file once; cheap while it stays the same."""
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
            return None  # before the first promotion there is none
        return f"{REGISTRY} is missing; version {self._seen.desired.version} stays desired."

    def _follow(self, data: bytes) -> RegistryObservation:
        known = self._seen.desired
        try:
            if self._signed is not None:
                self._signed.require(data)
            found = self._registry.decode(data)
        except StoreError as error:
            return RegistryObservation(known, str(error))
        if known is None or found.version > known.version or found == known:
            return RegistryObservation(found, None)
        if found.version == known.version:
            found_other = f"{REGISTRY} shows another version {found.version} than before"
        else:
            found_other = f"{REGISTRY} went back from version {known.version} to {found.version}"
        return RegistryObservation(
            known,
            f"{found_other}; a worker never follows that. "
            "If the store was put back on purpose, restart the predictor.",
        )

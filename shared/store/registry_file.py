"""registry.json: the model in production, derived from the log. Owner: the gatekeeper."""

from shared.contract.documents import Registry
from shared.contract.layout import StoreLayout
from shared.errors import StoreError
from shared.store.decision_log import DecisionLog
from shared.store.durable_write import replace_file
from shared.store.verified_read import read_document

MAX_REGISTRY_BYTES = 64 << 10


class RegistryFile:
    """The file registry.json, which predictors follow."""

    def __init__(self, layout: StoreLayout) -> None:
        self._layout = layout

    def read_bytes(self) -> bytes | None:
        """Return the bytes of the file, or None before the first promotion.

        It is opened each time: an open descriptor would always show the replaced file.
        """
        try:
            return read_document(self._layout.registry, max_bytes=MAX_REGISTRY_BYTES)
        except FileNotFoundError:
            return None

    def read(self) -> Registry | None:
        """Return the registry, or None before the first promotion.

        Raises:
            DocumentError: The file is malformed.
            UnsafeFileError: The path leads through a link.
            UnsupportedFormatError: A newer release wrote the file.
        """
        data = self.read_bytes()
        return None if data is None else self.decode(data)

    def decode(self, data: bytes) -> Registry:
        """Parse the bytes that `read_bytes` returned; raise the document errors of `read`."""
        return Registry.decode(data, self._layout.registry)

    def roll_forward(self, log: DecisionLog) -> bool:
        """Write the registry that is in force if the file differs, and say whether it did.

        A gatekeeper that was frozen between its commit and its rename writes an older registry
        when it wakes. So this compares again after each write, and runs at every poll.
        """
        written = False
        while log.in_force is not None and self._bytes_or_none() != log.in_force.registry_bytes:
            assert log.in_force.registry_bytes is not None  # noqa: S101 - the entry in force has one
            replace_file(self._layout.registry, log.in_force.registry_bytes)
            written = True
            log.refresh()
        return written

    def _bytes_or_none(self) -> bytes | None:
        try:
            return self.read_bytes()
        except StoreError:
            return None

"""registry.json: what is in production. Owner: the gatekeeper. Derived from the decision log."""

from shared.contract.documents import Registry
from shared.contract.layout import StoreLayout
from shared.errors import StoreError
from shared.store.decision_log import DecisionLog
from shared.store.durable_write import replace_file
from shared.store.verified_read import read_document

MAX_REGISTRY_BYTES = 64 << 10


class RegistryFile:
    """The one document that predictors follow."""

    def __init__(self, layout: StoreLayout) -> None:
        self._layout = layout

    def read_bytes(self) -> bytes | None:
        """The file as it stands, or None before the first promotion.

        Opened anew each time: a kept descriptor would show the replaced file for ever.
        """
        try:
            return read_document(self._layout.registry, max_bytes=MAX_REGISTRY_BYTES)
        except FileNotFoundError:
            return None

    def read(self) -> Registry | None:
        """The registry, or None before the first promotion.

        Raises DocumentError, UnsafeFileError, UnsupportedFormatError.
        """
        data = self.read_bytes()
        return None if data is None else self.decode(data)

    def decode(self, data: bytes) -> Registry:
        """The registry in bytes that `read_bytes` gave; raises what `read` raises of documents."""
        return Registry.decode(data, self._layout.registry)

    def roll_forward(self, log: DecisionLog) -> bool:
        """Make the file say what the log says; says whether it had to be written.

        rename is no compare-and-swap: a gatekeeper that was frozen between its commit and its
        rename puts an older registry back when it wakes. So this looks again after each write,
        and every gatekeeper calls it at every poll.
        """
        written = False
        while log.in_force is not None and self._bytes_or_none() != log.in_force.registry_bytes:
            assert log.in_force.registry_bytes is not None  # noqa: S101 - in force has one
            replace_file(self._layout.registry, log.in_force.registry_bytes)
            written = True
            log.refresh()
        return written

    def _bytes_or_none(self) -> bytes | None:
        try:
            return self.read_bytes()
        except StoreError:
            return None

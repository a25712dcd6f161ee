"""The file drift.json, for the gatekeeper that writes it and for all who read it."""

from shared.contract.layout import StoreLayout
from shared.live.drift_record import MAX_DRIFT_BYTES, DriftRecord
from shared.store.durable_write import replace_file
from shared.store.verified_read import read_document


class DriftFile:
    """The result of the last comparison, with its events."""

    def __init__(self, layout: StoreLayout) -> None:
        self._path = layout.drift

    def read(self) -> DriftRecord | None:
        """Return the content; None if nothing was compared yet.

        Raises:
            StoreError: The file is malformed, or of a newer release.
            OSError: The file cannot be read now.
        """
        try:
            data = read_document(self._path, max_bytes=MAX_DRIFT_BYTES)
        except FileNotFoundError:
            return None
        return DriftRecord.decode(data, self._path)

    def replace(self, record: DriftRecord) -> None:
        """Write the file durably, as no other file has its events; raises StoreWriteError."""
        replace_file(self._path, record.encode())

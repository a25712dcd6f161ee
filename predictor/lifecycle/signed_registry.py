"""Accept signed registries only, and find the newest one in the log after a restart."""

from typing import TYPE_CHECKING

from shared.contract import strict_json
from shared.contract.documents import Registry
from shared.contract.layout import StoreLayout
from shared.contract.signatures import verify_registry
from shared.errors import StoreError
from shared.store.decision_log import DecisionLog
from shared.store.verified_read import read_document

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys


class SignedRegistry:
    """Verifies registries: only those that a known key has signed are accepted."""

    def __init__(self, layout: StoreLayout, keys: "KnownKeys") -> None:
        self._layout = layout
        self._keys = keys

    def require(self, data: bytes) -> None:
        """Check the content of registry.json. Raises SignatureError or DocumentError."""
        verify_registry(data, self._keys, self._layout.registry)

    def newest(self) -> Registry | None:
        """Return the newest signed registry in the decision log; registry.json must reach it.

        A signature does not show whether a newer registry exists. The log does, unless somebody
        truncates it. Unsigned registries are skipped, and so are copies of older ones: a
        registry contains the number of its decision. Raises OSError if the log is unreadable.
        """
        for number in reversed(DecisionLog(self._layout).numbers_on_disk()):
            try:
                if (registry := self._in_decision(number)) is not None:
                    return registry
            except StoreError:
                continue
        return None

    def _in_decision(self, number: int) -> Registry | None:
        path = self._layout.decision(number)
        content = strict_json.decode(read_document(path), path)
        if not isinstance(content, dict) or content.get("registry") is None:
            return None
        data = strict_json.encode(content["registry"])
        verify_registry(data, self._keys, path)
        registry = Registry.decode(data, path)
        return registry if registry.decision == number else None

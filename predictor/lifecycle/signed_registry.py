"""What a worker believes that verifies signatures, and with what it begins after a restart."""

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
    """Registries that a known key has signed; all others are refused."""

    def __init__(self, layout: StoreLayout, keys: "KnownKeys") -> None:
        self._layout = layout
        self._keys = keys

    def require(self, data: bytes) -> None:
        """Refuse what stands in registry.json; raises SignatureError or DocumentError."""
        verify_registry(data, self._keys, self._layout.registry)

    def newest(self) -> Registry | None:
        """The newest signed registry of the decision log, which registry.json has to reach.

        A signature does not tell whether there is a newer one. The log does, as long as nobody
        takes entries off its end. An entry that holds an older registry again, or one that
        nobody signed, is passed over: a registry names the number of its decision.
        Raises OSError when that cannot be found out now.
        """
        for number in reversed(DecisionLog(self._layout).numbers_on_disk()):
            try:
                if (found := self._in_decision(number)) is not None:
                    return found
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

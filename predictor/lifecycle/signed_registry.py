"""Accept signed registries only, and find the newest one in the log after a restart."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from predictor.lifecycle.logged_registries import list_registries
from shared.contract.documents import Registry
from shared.contract.layout import StoreLayout
from shared.contract.signatures import verify_registry

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

    def logged(self) -> Iterator[Registry]:
        """Yield the signed registries in the decision log, newest first.

        Raises OSError if the log is unreadable.
        """
        return list_registries(
            self._layout, lambda data, path: verify_registry(data, self._keys, path)
        )

    def newest(self) -> Registry | None:
        """Return the newest signed registry in the decision log; registry.json must reach it.

        A signature does not show whether a newer registry exists. The log does, unless somebody
        truncates it. Raises OSError if the log is unreadable.
        """
        return next(self.logged(), None)

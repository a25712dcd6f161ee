"""The registries in the decision log: what was in production, and in which order."""

from collections.abc import Callable, Iterator
from pathlib import Path

from shared.contract import strict_json
from shared.contract.documents import Registry
from shared.contract.layout import StoreLayout
from shared.errors import StoreError
from shared.store.decision_log import DecisionLog
from shared.store.verified_read import read_document


def list_registries(
    layout: StoreLayout, verify: Callable[[bytes, Path], object] | None = None
) -> Iterator[Registry]:
    """Yield the registries in the log, newest first.

    Those that *verify* refuses are skipped, and so are copies of older ones: a registry contains
    the number of its decision. Raises OSError if the log is unreadable.
    """
    for number in reversed(DecisionLog(layout).numbers_on_disk()):
        path = layout.decision(number)
        try:
            content = strict_json.decode(read_document(path), path)
            if not isinstance(content, dict) or content.get("registry") is None:
                continue
            data = strict_json.encode(content["registry"])
            if verify is not None:
                verify(data, path)
            registry = Registry.decode(data, path)
        except StoreError:
            continue
        if registry.decision == number:
            yield registry

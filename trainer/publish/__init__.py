"""How does a person publish a model that was fitted elsewhere?"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from trainer.publish.published import Published


class _Room(ModuleType):
    """A room that notebooks call: `from trainer import publish` finds it by its own name."""

    def __call__(self, model: Any, **options: Any) -> "Published":
        """Publish a model, and wait for the decision: see `from_python.publish`."""
        from trainer.publish.from_python import publish  # noqa: PLC0415 - slow to import

        return publish(model, **options)


sys.modules[__name__].__class__ = _Room

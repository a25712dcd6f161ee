"""The trainer: it fits candidates, chooses one, exports it with proof, and publishes it.

`training.py` has one run from top to bottom. The trainer calls no other service.
`from trainer import publish` is for notebooks: see `trainer/publish/from_python.py`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainer.publish.from_python import publish as publish

"""How is a model's label chosen, and which class is measured? Of models that are or were served."""

from dataclasses import dataclass

from shared.contract.documents import Registry
from shared.contract.layout import ARTEFACT
from shared.contract.threshold import LabelThreshold
from shared.errors import StoreError
from shared.scoring.scorer_names import find_positive_class
from shared.store.models import Models, read_artefact

MAX_ARTEFACT_BYTES = 4 << 20
"""The largest artefact.json that is read for people."""


@dataclass(frozen=True)
class LabelRule:
    """The facts that a score of labels needs to be understood."""

    threshold: LabelThreshold | None = None
    positive_class: str | None = None
    """The class that the metric measures; None if it measures all."""


def find_label_rule(models: Models, registry: Registry) -> LabelRule:
    """Return the rule of a version; an empty one if its artefact cannot be read."""
    described = next((each for each in registry.files if each.name == ARTEFACT), None)
    if described is None or described.size > MAX_ARTEFACT_BYTES:
        return LabelRule()
    try:
        artefact = read_artefact(models.directory(registry.digest), registry.digest)
    except (StoreError, OSError):  # other commands report damage
        return LabelRule()
    return LabelRule(artefact.threshold, find_positive_class(registry.metric, artefact.classes))

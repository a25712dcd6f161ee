"""The threshold of a classifier for two classes."""

from typing import Annotated

from pydantic import Field

from shared.contract.document import StrictModel


class LabelThreshold(StrictModel):
    """A model answers *label* if the probability of this class is at least *probability*."""

    label: str
    probability: Annotated[float, Field(ge=0, le=1)]

    def describe(self) -> str:
        """Return the rule in words: `malignant from probability 0.3`."""
        return f"{self.label} from probability {self.probability:.6g}"

"""A person's request to publish a model."""

from dataclasses import dataclass, field
from pathlib import Path

from trainer.brought_models.bare.output_plan import Wish
from trainer.brought_models.model_process import ModelLimits


@dataclass(frozen=True)
class PublishRequest:
    """A model and the rows to judge it by."""

    model: Path
    """The file of the model."""
    holdout: Path
    """A table with rows that the model has not seen."""
    target: str
    """The column to predict."""
    fitted_on: Path | None = None
    """A table with the rows that the model was fitted and chosen on."""
    name: str | None = None
    """The name of the model; None: that of its file."""
    wish: Wish = field(default_factory=Wish)
    limits: ModelLimits = field(default_factory=ModelLimits)

    @property
    def model_name(self) -> str:
        """The name in the registry, of one line."""
        name = self.name or self.model.stem or self.model.name
        return " ".join(name.split())[:128] or "model"

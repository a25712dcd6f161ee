"""A person's request to publish a model."""

from dataclasses import dataclass, field
from pathlib import Path

from trainer.brought_models.bare.output_plan import Wish
from trainer.brought_models.model_process import ModelLimits
from trainer.brought_pipelines.brought_model import BroughtModel


@dataclass(frozen=True)
class PublishRequest:
    """A model and the rows to judge it by."""

    model: str | BroughtModel
    """The path of a file or of a directory of MLflow, or a model in memory."""
    holdout: Path
    """A table with rows that the model has not seen."""
    target: str
    """The column to predict."""
    fitted_on: Path | None = None
    """A table with the rows that the model was fitted and chosen on."""
    source: str | None = None
    """The words of the manifest for the holdout; None: its path."""
    name: str | None = None
    """The name of the model; None: that of its file."""
    wish: Wish = field(default_factory=Wish)
    limits: ModelLimits = field(default_factory=ModelLimits)

    @property
    def model_name(self) -> str:
        """The name in the registry, of one line."""
        file = Path(self.file_name)
        return " ".join((self.name or file.stem or file.name).split())[:128] or "model"

    @property
    def file_name(self) -> str:
        """The name of the model's file or directory; `model` for a model in memory."""
        return Path(self.model).resolve().name if isinstance(self.model, str) else "model"

"""The served model: a loaded model under one registry version, swapped as one reference."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self, TypeAlias

from predictor.codec.prediction_writer import PredictionWriter
from predictor.codec.reply import JSON_HEADERS, ReplyHead
from predictor.lifecycle.loader import LoadedModel
from shared.contract.documents import Registry
from shared.inference.servable import AnyRows, Predictions

PredictionCounter: TypeAlias = Callable[["ServedModel", Predictions, AnyRows], object]
"""A function that counts one model call: the model, its predictions, and their rows."""


@dataclass(frozen=True, eq=False)
class ServedModel:
    """Everything that a reply needs. Take it once for a reply: then it is from one version."""

    model: LoadedModel
    registry: Registry
    loaded_at: datetime
    """When the worker began to serve this version."""
    writer: PredictionWriter
    headers: Mapping[str, str]
    """The headers of every reply with status 200."""
    head: ReplyHead
    """Status and headers of such a reply, encoded."""

    @classmethod
    def create(cls, model: LoadedModel, registry: Registry, now: datetime) -> Self:
        """Combine *model* with the version and the name in *registry*."""
        headers = {**JSON_HEADERS, "x-model-version": str(registry.version)}
        return cls(
            model=model,
            registry=registry,
            loaded_at=now,
            writer=PredictionWriter(model.artefact, registry),
            headers=headers,
            head=ReplyHead.encode(200, headers),
        )

    @property
    def version(self) -> int:
        """The registry version."""
        return self.registry.version

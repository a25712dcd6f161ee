"""What a worker serves: one loaded model under one registry version, swapped as one reference."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, TypeAlias

import numpy.typing as npt

from predictor.codec.prediction_writer import PredictionWriter
from predictor.codec.reply import JSON_HEADERS, ReplyHead
from predictor.lifecycle.loader import LoadedModel
from shared.contract.documents import Registry
from shared.inference.servable import AnyRows

PredictionCounter: TypeAlias = Callable[["ServedModel", npt.NDArray[Any], AnyRows], object]
"""Told of each call of a model whose answers are given: whose, its `Predictions.values`, and the
rows that they are for."""


@dataclass(frozen=True, eq=False)
class ServedModel:
    """All that answers a request. Whoever takes it once gets one version, whole."""

    model: LoadedModel
    registry: Registry
    loaded_at: datetime
    """When this version began to be served."""
    writer: PredictionWriter
    headers: Mapping[str, str]
    """Of every answer with status 200."""
    head: ReplyHead
    """Status and headers of such an answer, encoded."""

    @classmethod
    def create(cls, model: LoadedModel, registry: Registry, now: datetime) -> Self:
        """Serve *model* as what *registry* calls it."""
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

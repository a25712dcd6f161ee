"""A model as it was brought, before it meets any rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trainer.brought_pipelines.pickled_pipeline import BroughtPipeline


@dataclass(frozen=True)
class BroughtGraph:
    """An ONNX model. Only a child process parses it."""

    data: bytes
    """The bytes of its file."""
    weights: Mapping[str, bytes] = field(default_factory=dict)
    """The files beside it that may have its weights, by name."""


@dataclass(frozen=True)
class BroughtModel:
    """A graph or a fitted pipeline, and what is known about it."""

    content: BroughtGraph | BroughtPipeline
    columns: tuple[str, ...] = ()
    """The names of the columns in the order of the fit; empty if they are not known."""
    warnings: tuple[str, ...] = ()
    """Sentences about what may be wrong with it."""

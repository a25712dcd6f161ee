"""What it takes to serve a model, as the scoring process finds out where it loads it."""

from typing import Annotated

from pydantic import Field

from shared.contract.document import Positive, StrictModel

Amount = Annotated[float, Field(ge=0, le=1e12)]
Version = Annotated[int, Field(ge=-(2**63), lt=2**64)]


class ServingCost(StrictModel):
    """What loading a model took, and what an answer takes."""

    load_seconds: Amount
    """From the files to something that answers."""
    p95_ms: Amount
    """Of 20 calls with one row, 19 take at most so many milliseconds."""
    calls: Positive
    """How many calls that was found in."""
    memory_mib: Amount | None
    """By how much loading and answering raised the most memory that the process held; None where
    the system does not say."""


class Opset(StrictModel):
    """A set of operators that a model in ONNX imports."""

    domain: str
    version: Version
    newest: Version
    """The newest version that onnxruntime runs."""


class ServingProfile(StrictModel):
    """What a predictor will need for a model."""

    cost: ServingCost | None = None
    """None where the model did not load, or not answer."""
    opsets: tuple[Opset, ...] = ()
    """Of a model in ONNX."""

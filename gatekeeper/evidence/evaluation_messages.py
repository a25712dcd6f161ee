"""The request to the scoring process, and its result."""

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field
from pydantic.dataclasses import dataclass

from gatekeeper.evidence.child_messages import HoldoutRequest
from shared.contract.document import Positive, StrictModel

MAX_RESULT_BYTES = 64 << 10
"""Largest line of the scoring process, in bytes."""
MAX_MESSAGE = 500
"""Characters of a message of the scoring process that are kept."""
Amount = Annotated[float, Field(ge=0, le=1e12)]
OpsetVersion = Annotated[int, Field(ge=-(2**63), lt=2**64)]
Message = Annotated[str, AfterValidator(lambda text: text[:MAX_MESSAGE])]


def _parse_special(score: object) -> object:
    """Parse the names of scores that are not finite, for which JSON has no numbers."""
    return float(str(score)) if score in ("NaN", "Infinity", "-Infinity") else score


class ScoringRequest(HoldoutRequest):
    """One model to score on one holdout."""

    model_directory: Path
    """The verified copy of the artefact."""
    digest: str
    allow_joblib: bool
    predictions_path: Path | None = None
    """The file for the predictions on the holdout; None if they are not compared."""
    measures_cost: bool = False
    """Whether to measure the cost of serving the model."""


class ServingCost(StrictModel):
    """The cost of loading a model and of a prediction."""

    load_seconds: Amount
    """Seconds from the files to a model that predicts."""
    p95_ms: Amount
    """95th percentile of the time to predict one row, in milliseconds."""
    calls: Positive
    """Calls behind the percentile."""
    memory_mib: Amount | None
    """Rise of the process's peak memory by loading and predicting, in MiB, without library files.

    None if the system does not report it.
    """


class Opset(StrictModel):
    """A set of operators that an ONNX model imports."""

    domain: str
    version: OpsetVersion
    newest: OpsetVersion
    """The newest version that onnxruntime runs."""


class ServingProfile(StrictModel):
    """The needs of a model where predictors serve it."""

    cost: ServingCost | None = None
    """None if the model did not load or did not predict."""
    opsets: tuple[Opset, ...] = ()
    """Empty for a model that is not ONNX."""
    unbounded: tuple[Message, ...] | None = None
    """Operators without a bound, random or foreign ones; None for a model that is not ONNX."""


@dataclass(frozen=True, config=ConfigDict(strict=True, ser_json_inf_nan="strings"))
class ScoringResult:
    """The score of one model, or the checks that it failed."""

    score: Annotated[float | None, BeforeValidator(_parse_special)]
    """Higher is better; None if there is no score, and possibly not finite."""
    errors: Mapping[Message, Message] = field(default_factory=dict)
    """A sentence for each failed check, by its id (`gatekeeper.evidence.check_ids`)."""
    serving: ServingProfile = field(default_factory=ServingProfile)

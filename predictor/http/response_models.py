"""What the API answers, for its OpenAPI document and for the routes that are not in a hurry."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from shared.contract.documents import Feature
from shared.inference.feature_encoding import Value

_ORIGIN: JsonDict = {"model_name": "logistic_regression", "model_version": 3}


class OneAnswer(BaseModel):
    """The answer for one row. A regressor's has neither label nor probabilities."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "prediction": 0,
                "label": "malignant",
                "probabilities": {"malignant": 0.98, "benign": 0.02},
                **_ORIGIN,
            }
        }
    )

    prediction: float = Field(
        description="A classifier's class index, counted from 0; a regressor's number."
    )
    label: str | None = Field(default=None, description="The class by name.")
    probabilities: dict[str, float] | None = Field(
        default=None, description="The probability of each class, where the model gives them."
    )
    model_name: str
    model_version: int = Field(description="The registry version that gave the whole answer.")


class ManyAnswers(BaseModel):
    """The answers for many rows, in their order."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "predictions": [0, 1],
                "labels": ["malignant", "benign"],
                "probabilities": [[0.98, 0.02], [0.01, 0.99]],
                "classes": ["malignant", "benign"],
                **_ORIGIN,
            }
        }
    )

    predictions: list[float]
    labels: list[str] | None = None
    probabilities: list[list[float]] | None = Field(
        default=None, description="For each row, one number for each of `classes`."
    )
    classes: list[str] | None = None
    model_name: str
    model_version: int


class ModelStatus(BaseModel):
    """What one worker wants, what it serves, and what stands between the two."""

    worker: str
    desired_version: int | None
    desired_digest: str | None
    serving_version: int | None
    serving_digest: str | None
    model_name: str | None
    metric: str | None
    metrics: dict[str, float] | None
    task: Literal["classification", "regression"] | None
    features: list[Feature] | None
    classes: list[str] | None
    loaded_at: datetime | None = Field(description="When this version began to be served.")
    last_error: str | None
    example: list[Value] | None = Field(description="A real row, ready to be predicted.")


class Live(BaseModel):
    """The process answers."""

    status: Literal["live"] = "live"


class Ready(BaseModel):
    """The worker can answer predictions."""

    status: Literal["ready"] = "ready"
    model_version: int

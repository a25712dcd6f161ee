"""The bodies of replies, for the OpenAPI document and for the routes of FastAPI."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SkipValidation
from pydantic.config import JsonDict

from shared.contract.documents import Feature
from shared.contract.threshold import LabelThreshold
from shared.inference.feature_encoding import Value

_ORIGIN: JsonDict = {"model_name": "logistic_regression", "model_version": 3}

VERSION_HEADER = {
    "x-model-version": {
        "description": "The registry version that made the predictions.",
        "schema": {"type": "integer"},
    }
}


class OneAnswer(BaseModel):
    """The prediction for one row. A regressor returns no label and no probabilities."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "prediction": 0,
                "label": "malignant",
                "probabilities": {"malignant": 0.98, "benign": 0.02},
                **_ORIGIN,
                "id": "order 17",
            }
        }
    )

    prediction: float = Field(
        description="For a classifier the index of the class, from 0; for a regressor the number."
    )
    label: str | None = Field(default=None, description="The name of the class.")
    probabilities: dict[str, float] | None = Field(
        default=None, description="The probability of each class, if the model has probabilities."
    )
    model_name: str
    model_version: int = Field(description="The registry version that made the prediction.")
    id: str | None = Field(
        default=None,
        description="The id of the request, or a generated one if it had none and is logged.",
    )


class ManyAnswers(BaseModel):
    """The predictions for many rows, in their order."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "predictions": [0, 1],
                "labels": ["malignant", "benign"],
                "probabilities": [[0.98, 0.02], [0.01, 0.99]],
                "classes": ["malignant", "benign"],
                **_ORIGIN,
                "ids": ["order 17", "order 18"],
            }
        }
    )

    predictions: list[float]
    labels: list[str] | None = None
    probabilities: list[list[float]] | None = Field(
        default=None, description="For each row, one number for each class in `classes`."
    )
    classes: list[str] | None = None
    model_name: str
    model_version: int
    ids: list[str] | None = Field(
        default=None,
        description="The ids of the request, or generated ones if it had none and is logged.",
    )


class ModelStatus(BaseModel):
    """The desired version of one worker, the served model, and the last error."""

    worker: str
    modelgate_version: str = Field(description="The release of the predictor.")
    desired_version: int | None
    desired_digest: str | None
    serving_version: int | None
    serving_digest: str | None
    model_name: str | None
    metric: str | None
    metrics: dict[str, float] | None
    task: Literal["classification", "regression"] | None
    features: list[SkipValidation[Feature]] | None
    """A category without its categories is shown too."""
    missing_values: list[str] | None = Field(
        description="Strings that are missing values, besides the empty string. A feature may have "
        "its own list."
    )
    classes: list[str] | None
    threshold: LabelThreshold | None = Field(
        description="The label is this class if its probability is at least this number. null: it "
        "is the most probable class."
    )
    positive_class: str | None = Field(
        description="The one of two classes that the metric measures, such as f1. null: it "
        "measures all classes, or numbers."
    )
    loaded_at: datetime | None = Field(description="When the worker began to serve this version.")
    last_error: str | None
    example: list[Value] | None = Field(description="A real row to try a prediction with.")


class Live(BaseModel):
    """The process responds."""

    status: Literal["live"] = "live"


class Ready(BaseModel):
    """The worker can predict."""

    status: Literal["ready"] = "ready"
    model_version: int
    message: str | None = None
    """Why another version than the desired one is served; missing if all is well."""

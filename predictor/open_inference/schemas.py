"""What the protocol's routes take and answer, for the OpenAPI document."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ServerMetadata(BaseModel):
    """The server and the protocol's extensions that it speaks."""

    name: str
    version: str
    extensions: list[str]


class ServerLive(BaseModel):
    """The process answers."""

    live: bool


class ServerReady(BaseModel):
    """A model is served."""

    ready: bool


class ModelReady(BaseModel):
    """This model is served."""

    name: str
    ready: bool


class TensorMetadata(BaseModel):
    """An input or output; -1 in its shape stands for any number of rows."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(BaseModel):
    """The model that is served, with its only version that can be asked."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]


class InferOutput(BaseModel):
    """One output. Its elements are in `data`, flat, or in binary behind the JSON."""

    name: str
    datatype: str
    shape: list[int]
    parameters: dict[str, int] | None = Field(
        default=None, description="binary_data_size, where the elements are in binary."
    )
    data: list[Any] | None = None


class InferAnswer(BaseModel):
    """The answer for all rows."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "model_name": "logistic_regression",
                "model_version": "3",
                "id": "42",
                "outputs": [
                    {"name": "label", "datatype": "BYTES", "shape": [1], "data": ["malignant"]},
                    {
                        "name": "probabilities",
                        "datatype": "FP32",
                        "shape": [1, 2],
                        "data": [0.98, 0.02],
                    },
                ],
            }
        }
    )

    model_name: str
    model_version: str = Field(description="The registry version that gave the whole answer.")
    id: str | None = Field(default=None, description="The request's, if it had one.")
    outputs: list[InferOutput]


class ProtocolError(BaseModel):
    """The body of every error of the protocol's routes."""

    error: str

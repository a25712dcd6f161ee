"""The predictor's settings: variables with the prefix PREDICTOR_."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.http.listening import PUBLISHED
from shared.settings import ServiceSettings


class PredictorSettings(ServiceSettings):
    """Settings of a predictor: how it listens, follows the registry and reports."""

    model_config = SettingsConfigDict(env_prefix="PREDICTOR_")

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="TCP port to listen on; 0 chooses a free port."
    )
    published: str | None = Field(
        default=None,
        pattern=PUBLISHED,
        description="Address that messages show, such as https://models.example.com or "
        "127.0.0.1:9000. By default the address to listen on. docker-compose.yml sets it.",
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=256,
        description="Number of worker processes. Each loads its own copy of the model.",
    )
    gatekeeper_keys: Path | None = Field(
        default=None,
        description="PEM file with the gatekeepers' public keys. The predictor then follows only a "
        "registry that one of them signed. By default signatures are not checked.",
    )
    poll_seconds: float = Field(
        default=0.1, gt=0, le=60, description="Seconds between two reads of the registry."
    )
    heartbeat_seconds: float = Field(
        default=1.0, gt=0, le=60, description="Seconds between two heartbeats of a worker."
    )
    max_body_bytes: int = Field(
        default=16 << 20,
        ge=1 << 10,
        description="Largest request body, in bytes; above it, status 413.",
    )
    extra_features: Literal["refuse", "ignore"] = Field(
        default="refuse",
        description="Refuse requests with names that the model does not have, or ignore these "
        "names. With ignore, a misspelt name of a nullable feature is a missing value.",
    )
    categories: Literal["show", "hide"] = Field(
        default="show",
        description="Show the categories of features in GET /model and in /docs, and in their "
        "example row, or hide them. They are values of the training data, such as names of cities.",
    )
    fast_path: bool = Field(
        default=True,
        description="Answer simple prediction requests faster, without ASGI. The responses are "
        "the same. Set it to false only to find the cause of a fault.",
    )

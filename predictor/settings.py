"""The predictor's own settings: variables that begin with PREDICTOR_."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from shared.settings import ServiceSettings


class PredictorSettings(ServiceSettings):
    """How one predictor listens, follows the registry and reports."""

    model_config = SettingsConfigDict(env_prefix="PREDICTOR_")

    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(
        default=8000, ge=0, le=65535, description="The TCP port to listen on; 0 takes a free one."
    )
    workers: int = Field(
        default=1, ge=1, le=256, description="Processes that answer, each with a model of its own."
    )
    gatekeeper_keys: Path | None = Field(
        default=None,
        description="A file with the public keys of the gatekeepers, PEM: only a registry that one "
        "of them has signed is followed. None by default: signatures are not read.",
    )
    poll_seconds: float = Field(
        default=0.1, gt=0, le=60, description="Seconds between two looks at the registry."
    )
    heartbeat_seconds: float = Field(
        default=1.0, gt=0, le=60, description="Seconds between two heartbeats of a worker."
    )
    max_body_bytes: int = Field(
        default=16 << 20, ge=1, description="Bytes of the largest request body; above it, 413."
    )
    fast_path: bool = Field(
        default=True,
        description="Answer plain requests in the HTTP protocol itself, without ASGI.",
    )

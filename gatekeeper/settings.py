"""Settings of the gatekeeper, from variables that start with GATEKEEPER_."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from gatekeeper.policy.terms.gate_policy import GateSettings, Number
from gatekeeper.policy.terms.limit_ranges import require_useful_limits
from shared.http.listening import PUBLISHED
from shared.settings import ServiceSettings, load_settings


class _ProcessSettings(ServiceSettings):
    """The settings of the process itself, which come first in documents."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(
        default=8001, ge=0, le=65535, description="Port to listen on; 0 picks a free one."
    )
    published: str | None = Field(
        default=None,
        pattern=PUBLISHED,
        description="Address that messages show, such as https://gate.example.com or "
        "127.0.0.1:9001. By default the address to listen on. docker-compose.yml sets it.",
    )
    poll_seconds: Number = Field(
        default=0.25, gt=0, le=60, description="Seconds between two polls of the store."
    )
    token_file: Path | None = Field(
        default=None,
        description="File with the bearer token for changes. By default the gatekeeper creates a "
        "random token in the store at its first start.",
    )
    trainer_keys: Path | None = Field(
        default=None,
        description="PEM file with the trainers' public keys. Only candidates with a manifest "
        "signed by one of them are promoted. By default signatures are not read.",
    )
    signing_key: Path | None = Field(
        default=None,
        description="PEM file with the private key that signs the registry. "
        "By default the registry is not signed.",
    )


class GatekeeperSettings(GateSettings, _ProcessSettings):
    """All settings of the gatekeeper: those of the process, of the gate, and the limits."""

    model_config = SettingsConfigDict(env_prefix="GATEKEEPER_")

    approval: Literal["automatic", "manual"] = Field(
        default="automatic",
        description="How a candidate that passes every check is promoted: automatic promotes it "
        "at once; manual waits until a person with the token approves or rejects it.",
    )
    keep_models: int = Field(
        default=10,
        ge=1,
        description="Number of recently promoted models to keep. The model in production, and "
        "models that live workers want or serve, are always kept.",
    )
    evaluation_seconds: Number = Field(
        default=30.0, gt=0, le=3600, description="Largest time in seconds to score a model."
    )
    evaluation_memory_mib: int = Field(
        default=4096,
        ge=64,
        description="Largest memory in MiB that a model may add to the scoring process. "
        "It is also the largest size of a candidate's file.",
    )


def load_gatekeeper_settings(metric: str) -> GatekeeperSettings:
    """Read the settings; raise SettingsError for one that is wrong or means nothing for METRIC."""
    settings = load_settings(GatekeeperSettings)
    require_useful_limits(
        metric, settings, settings.evaluation_seconds, settings.evaluation_memory_mib
    )
    return settings

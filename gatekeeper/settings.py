"""Settings of the gatekeeper, from variables that start with GATEKEEPER_."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from gatekeeper.notifications.receivers import parse_receivers
from gatekeeper.policy.terms.gate_policy import GateSettings, Number
from gatekeeper.policy.terms.limit_ranges import require_useful_limits
from shared.errors import SettingsError
from shared.http.allowed_hosts import HOSTS_FIELD
from shared.http.front.root_path import ROOT_PATH_FIELD, require_root_path
from shared.http.listening import PUBLISHED
from shared.scoring.costs import Costs, require_costs
from shared.settings import ServiceSettings, load_settings

OWN_PATHS = frozenset(
    {
        *("registry", "decisions", "candidates", "fleet", "feedback", "train", "training"),
        *("live", "live.json", "livez", "readyz", "metrics"),
        *("docs", "openapi.json", "static-offline-docs", "page"),
    }
)
"""The first parts of the gatekeeper's own paths."""


def _require_receivers(webhooks: SecretStr) -> SecretStr:
    try:
        parse_receivers(webhooks.get_secret_value())
    except SettingsError as error:
        raise ValueError(error) from error  # pydantic goes on with the other settings
    return webhooks


class _ProcessSettings(ServiceSettings):
    """The settings of the process itself, which come first in documents."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(
        default=8001, ge=0, le=65535, description="Port to listen on; 0 picks a free one."
    )
    published: str | None = Field(
        default=None,
        pattern=PUBLISHED,
        examples=["https://models.example.com", "127.0.0.1:9000"],
        description="Address that messages show, such as https://gate.example.com or "
        "127.0.0.1:9001. By default the address to listen on. docker-compose.yml sets it.",
    )
    allowed_hosts: str = HOSTS_FIELD
    root_path: Annotated[
        str, AfterValidator(partial(require_root_path, "GATEKEEPER_ROOT_PATH", OWN_PATHS))
    ] = ROOT_PATH_FIELD
    poll_seconds: Number = Field(
        default=0.25, gt=0, le=60, description="Seconds between two polls of the store."
    )
    token_file: Path | None = Field(
        default=None,
        description="File with the bearer token for changes. By default the gatekeeper creates a "
        "random token in the store at its first start.",
    )
    tls_cert: Path | None = Field(
        default=None,
        description="PEM file with the certificate for HTTPS, and its chain. It is read again when "
        "it changes. By default the gatekeeper speaks HTTP.",
    )
    tls_key: Path | None = Field(
        default=None,
        description="PEM file with the private key of GATEKEEPER_TLS_CERT.",
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
    webhooks: Annotated[SecretStr, AfterValidator(_require_receivers)] = Field(
        default=SecretStr(""),
        description="Addresses of webhooks, with commas between them, which the notifier sends "
        "events to (docs/notifications.md). An address is a secret: messages show its host only.",
    )
    webhook_secret_file: Path | None = Field(
        default=None,
        description="File with the secret that signs webhooks: whsec_ and the base64 of 24 to 64 "
        "bytes. A second line has another secret while one is replaced. "
        "By default webhooks are not signed.",
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
    drift_alarms_per_year: Number = Field(
        default=1.0,
        gt=0,
        le=366,
        description="Expected number of false drift alarms in a year, at most. A smaller number "
        "needs more rows to find the same drift.",
    )
    drift_index: Number = Field(
        default=0.2,
        gt=0,
        le=10,
        description="Smallest population stability index that is reported as drift. 0.04 is a "
        "shift of 0.2 standard deviations, 0.24 of 0.5, and 0.93 of one.",
    )
    probation_minutes: Number = Field(
        default=0.0,
        ge=0,
        le=100_000,
        description="Minutes for which a promoted version is on probation (docs/probation.md). If "
        "it fails in production, its predecessor is restored. 0 turns this off.",
    )
    probation_max_failures: Number = Field(
        default=0.01,
        gt=0,
        lt=1,
        description="Largest share of requests in which a version on probation may fail: status "
        "5xx, or an answer that is not finite. At least 20 failures are needed.",
    )
    probation_max_p95_ms: Number | None = Field(
        default=None,
        gt=0,
        le=10_000,
        description="Largest 95th percentile of latency in milliseconds of a version on probation. "
        "No limit by default.",
    )
    live_score_rows: int = Field(
        default=10_000,
        ge=100,
        le=100_000,
        description="Number of a version's newest labelled rows that its live score is about.",
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


def load_gatekeeper_settings(metric: str, costs: Costs | None = None) -> GatekeeperSettings:
    """Read the settings; raise SettingsError for one that is wrong or means nothing for METRIC.

    *costs* are those of GATEKEEPER_COSTS.
    """
    settings = load_settings(GatekeeperSettings)
    for name in (metric, *settings.guard_limits):
        require_costs(name, costs)
    require_useful_limits(
        metric, settings, settings.evaluation_seconds, settings.evaluation_memory_mib
    )
    return settings

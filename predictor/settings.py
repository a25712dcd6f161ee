"""The predictor's settings: variables with the prefix PREDICTOR_."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from shared.http.allowed_hosts import HOSTS_FIELD
from shared.http.front.cross_origins import require_origins
from shared.http.front.root_path import ROOT_PATH_FIELD, require_root_path
from shared.http.listening import PUBLISHED
from shared.settings import ServiceSettings

OWN_PATHS = frozenset(
    {
        *("predict", "model", "v2", "livez", "readyz", "metrics"),
        *("docs", "openapi.json", "static-offline-docs", "page"),
    }
)
"""The first parts of the predictor's own paths."""


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
        examples=["https://models.example.com", "127.0.0.1:9000"],
        description="Address that messages show, such as https://models.example.com or "
        "127.0.0.1:9000. By default the address to listen on. docker-compose.yml sets it.",
    )
    allowed_hosts: str = HOSTS_FIELD
    root_path: Annotated[
        str, AfterValidator(partial(require_root_path, "PREDICTOR_ROOT_PATH", OWN_PATHS))
    ] = ROOT_PATH_FIELD
    cors_origins: Annotated[
        str, AfterValidator(partial(require_origins, "PREDICTOR_CORS_ORIGINS"))
    ] = Field(
        default="",
        description="Origins whose pages may call the predictor from a browser, such as "
        "https://app.example.com, separated by commas; * allows every origin (docs/proxies.md). "
        "By default there are none.",
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
    tls_cert: Path | None = Field(
        default=None,
        description="PEM file with the certificate for HTTPS, and its chain. It is read again when "
        "it changes. By default the predictor speaks HTTP.",
    )
    tls_key: Path | None = Field(
        default=None,
        description="PEM file with the private key of PREDICTOR_TLS_CERT.",
    )
    api_keys_file: Path | None = Field(
        default=None,
        description="File with the names and hashes of the clients' keys, one in each line; "
        "`./modelgate api-key NAME` makes a key. The file is read again when it changes. By "
        "default requests need no key.",
    )
    without_key: Literal["nothing", "health", "health-and-metrics"] = Field(
        default="health",
        description="Paths that need no key if PREDICTOR_API_KEYS_FILE is set: nothing, health "
        "(/livez, /readyz and those of the inference protocol), or health-and-metrics.",
    )
    api_key: SecretStr | None = Field(
        default=None,
        description="Key that `make predict` and the greeting send. The predictor does not need "
        "it.",
    )
    poll_seconds: float = Field(
        default=0.1, gt=0, le=60, description="Seconds between two reads of the registry."
    )
    heartbeat_seconds: float = Field(
        default=1.0, gt=0, le=60, description="Seconds between two heartbeats of a worker."
    )
    live_rows_per_second: int = Field(
        default=500,
        ge=2,
        le=100_000,
        description="Most rows in a second whose values each worker counts, to compare production "
        "with the training rows. They are chosen evenly among all rows. Requests are always "
        "counted exactly.",
    )
    log_share: float = Field(
        default=0.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="Share of requests whose rows are kept in the prediction log, from 0 (none) to "
        "1 (all). Each request is chosen by chance. The rows are stored in predictions/, with the "
        "answers: see docs/prediction-log.md.",
    )
    log_omit: str = Field(
        default="",
        examples=["name,birth date"],
        description="Names of columns that are never stored in the prediction log, separated by "
        'commas, or as a JSON list such as ["last, first name"].',
    )
    log_days: int = Field(
        default=7,
        ge=1,
        le=3650,
        description="Days for which rows are kept in the prediction log.",
    )
    log_mib: int = Field(
        default=1024,
        ge=16,
        description="Most MiB of the prediction log of all workers. Above it, the oldest rows are "
        "removed.",
    )
    call_seconds: float = Field(
        default=4.0,
        ge=0.1,
        le=3600,
        description="Most seconds of one model call. A call has at most 4096 rows, or 256 of a "
        "slow model. A worker whose call takes longer is replaced. The model goes into quarantine "
        "after its second such failure.",
    )
    drain_seconds: float = Field(
        default=1.0,
        ge=0,
        le=600,
        description="Seconds for which the predictor still serves after SIGTERM. Meanwhile /readyz "
        "answers 503, and each response ends its connection. Behind a load balancer, set it to the "
        "time that it needs to take a predictor out. 0 stops at once, as Ctrl-C does.",
    )
    grace_seconds: float = Field(
        default=5.0,
        ge=0,
        le=3600,
        description="Most seconds that running requests have to end after the drain. Then they are "
        "cut. A process manager must wait for the drain, the grace and 2 s more.",
    )
    memory_mib: int | None = Field(
        default=None,
        ge=256,
        description="Most memory of a worker for its data, in MiB. A request that needs more fails "
        "with status 500. Default: the memory of the container or machine; half of it for each of "
        "several workers.",
    )
    max_body_bytes: int = Field(
        default=16 << 20,
        ge=1 << 10,
        description="Largest request body, in bytes; above it, status 413.",
    )
    max_rows: int = Field(
        default=100_000,
        ge=1,
        description="Most rows in one request; above it, status 422, or 400 below /v2. A small "
        "body can contain millions of rows, which need a hundred times its memory.",
    )
    extra_features: Literal["refuse", "ignore"] = Field(
        default="refuse",
        description="Refuse requests with names that the model does not have, or ignore these "
        "names. With ignore, a misspelt name of a nullable feature is a missing value.",
    )
    categories: Literal["show", "hide"] = Field(
        default="show",
        description="Show the categories of features in the form at /, in GET /model and in "
        "/docs, and in their example row, or hide them. They are values of the training data, "
        "such as names of cities.",
    )
    fast_path: bool = Field(
        default=True,
        description="Answer simple prediction requests faster, without ASGI. The responses are "
        "the same. Set it to false only to find the cause of a fault.",
    )

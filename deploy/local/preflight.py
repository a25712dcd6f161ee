"""Check before the start: settings, keys, the store, no other run, free ports."""

import errno
import json
import math
import os
import socket
from dataclasses import dataclass
from typing import Protocol

from deploy.local.run_file import find_live_run
from gatekeeper.notifications.signature import read_webhook_secrets
from gatekeeper.settings import load_gatekeeper_settings
from predictor.http.api_keys import follow_api_keys
from predictor.settings import PredictorSettings
from shared.access.certificate import follow_certificate
from shared.contract.layout import STORE_DIRECTORIES, StoreLayout
from shared.contract.signatures import known_keys, signing_key
from shared.errors import ModelgateError
from shared.settings import CommonSettings, load_settings
from shared.store.store import open_for_writing
from shared.telemetry.spans import require_spans
from trainer.settings import TrainerSettings, require_data_to_watch
from trainer.tracking.client import require_mlflow
from trainer.tracking.server_address import find_tracking_server

STOP_MARGIN_SECONDS = 2
"""Seconds that a predictor may take to stop, in addition to its drain and its grace."""


class LocalRunError(ModelgateError):
    """`make run` cannot start: a port is in use, or another run uses this store."""


@dataclass(frozen=True)
class LocalRun:
    """A local run that may start: its store, and the settings that make targets share with it."""

    layout: StoreLayout
    settings: dict[str, str]
    predictor_stop: int
    """Seconds after which a predictor that does not stop is killed."""
    has_webhooks: bool
    has_schedule: bool
    """Whether the trainer trains by itself."""
    has_tracking: bool
    """Whether an MLflow server is shown each run and each decision."""
    json_logs: bool


class _Address(Protocol):
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...


def check_start() -> LocalRun:
    """Check everything that can be checked before the start.

    Raises ModelgateError for the first problem.
    """
    common = load_settings(CommonSettings)
    gatekeeper = load_gatekeeper_settings(common.metric, common.costs)
    predictor = load_settings(PredictorSettings)
    trainer = load_settings(TrainerSettings)
    require_data_to_watch(trainer)
    require_spans()
    tracking = find_tracking_server(os.environ)
    if tracking is not None:
        require_mlflow()
    for private in (trainer.signing_key, gatekeeper.signing_key):
        signing_key(private)
    for public in (gatekeeper.trainer_keys, predictor.gatekeeper_keys):
        known_keys(public)
    follow_api_keys(predictor.api_keys_file)
    read_webhook_secrets(gatekeeper.webhook_secret_file)
    for prefix, service in (("GATEKEEPER_", gatekeeper), ("PREDICTOR_", predictor)):
        follow_certificate(prefix, service.tls_cert, service.tls_key)
    layout = open_for_writing(common.store_dir, *STORE_DIRECTORIES).layout
    if (pid := find_live_run(layout)) is not None:
        raise LocalRunError(
            f"Another local run (process {pid}) uses the store {layout.root}. "
            "Stop it with `make down`, or set another STORE_DIR and other ports for this run."
        )
    _check_ports(gatekeeper, predictor)
    settings = {
        "GATEKEEPER_HOST": gatekeeper.host,
        "GATEKEEPER_PORT": str(gatekeeper.port),
        "GATEKEEPER_TOKEN_FILE": str(gatekeeper.token_file or ""),
        "GATEKEEPER_TLS_CERT": str(gatekeeper.tls_cert or ""),
        "GATEKEEPER_WEBHOOKS": gatekeeper.webhooks.get_secret_value(),
        "GATEKEEPER_WEBHOOK_SECRET_FILE": str(gatekeeper.webhook_secret_file or ""),
        "PREDICTOR_HOST": predictor.host,
        "PREDICTOR_PORT": str(predictor.port),
        "PREDICTOR_TLS_CERT": str(predictor.tls_cert or ""),
        "METRIC": common.metric,
        "GATEKEEPER_COSTS": json.dumps(common.costs) if common.costs else "",
        "ALLOW_JOBLIB": str(common.allow_joblib).lower(),
        **_trainer_variables(),
    }
    stop = math.ceil(predictor.drain_seconds + predictor.grace_seconds) + STOP_MARGIN_SECONDS
    return LocalRun(
        layout,
        settings,
        stop,
        has_webhooks=bool(gatekeeper.webhooks.get_secret_value()),
        has_schedule=trainer.trains_by_itself,
        has_tracking=tracking is not None,
        json_logs=common.log_format == "json",
    )


def _trainer_variables() -> dict[str, str]:
    """Return the trainer's variables, so that `make retrain` goes on with them.

    The run file has one line for each, so a value with a line break is left out.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("TRAINER_") and value and "\n" not in value
    }


def _check_ports(gatekeeper: _Address, predictor: _Address) -> None:
    if gatekeeper.port == predictor.port:
        raise LocalRunError(
            f"GATEKEEPER_PORT and PREDICTOR_PORT are both {predictor.port}. "
            "Set two different ports."
        )
    _check_port("GATEKEEPER", gatekeeper)
    _check_port("PREDICTOR", predictor)


def _check_port(service: str, address: _Address) -> None:
    variable = f"{service}_PORT"
    if address.port == 0:
        raise LocalRunError(
            f"{variable} is 0. Set a fixed port: other commands must find the {service.lower()}."
        )
    try:
        (family, kind, protocol, _, socket_address), *_ = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM
        )
        with socket.socket(family, kind, protocol) as probe:
            # As servers do. Without it a port counts as taken for a minute after each stop.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(socket_address)
    except OSError as error:
        if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
            raise LocalRunError(
                f"{service}_HOST={address.host} is not an address of this machine: "
                f"{error.strerror}. Set it to 127.0.0.1, 0.0.0.0 or an address of this machine."
            ) from error
        raise LocalRunError(
            f"The {service.lower()} cannot listen on {address.host} port {address.port}: "
            f"{error.strerror}. Stop the program that uses this port, or choose another: "
            f"make run {variable}={address.port + 10}."
        ) from error

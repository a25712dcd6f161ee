"""The MLflow server and the names there, from the standard variables of MLflow."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from shared.errors import SettingsError

TRACKING_URI = "MLFLOW_TRACKING_URI"
EXPERIMENT = "MLFLOW_EXPERIMENT_NAME"
MODEL = "MLFLOW_MODEL_NAME"
DEFAULT_NAME = "modelgate"
_NAME = re.compile(r"\w[\w .-]{0,199}")


@dataclass(frozen=True)
class TrackingServer:
    """A server of MLflow, and where its part for this store is."""

    uri: str
    experiment: str
    model: str
    """The name of the registered model."""

    @property
    def shown(self) -> str:
        """The address without a password, for messages."""
        parts = urlsplit(self.uri)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def find_tracking_server(environ: Mapping[str, str]) -> TrackingServer | None:
    """Return the server that the environment names, or None without one. Raises SettingsError."""
    uri = environ.get(TRACKING_URI, "").strip()
    if not uri:
        return None
    _require_address(uri)
    experiment = _read_name(environ, EXPERIMENT)
    return TrackingServer(uri.rstrip("/"), experiment, _read_name(environ, MODEL))


def _require_address(uri: str) -> None:
    try:
        parts = urlsplit(uri)
        is_usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable or not uri.isprintable() or " " in uri:
        # The address is not shown, because it may contain a password.
        raise SettingsError(
            f"{TRACKING_URI} is not the address of a server. Expected something like "
            "http://localhost:5000, not a file or a database. Correct it, or unset it to track "
            "nothing."
        )


def _read_name(environ: Mapping[str, str], variable: str) -> str:
    name = environ.get(variable, "").strip() or DEFAULT_NAME
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{variable} is {name!r:.100}. Expected at most 200 letters, digits, blanks, '.', '_' "
            "or '-', with a letter or a digit first."
        )
    return name

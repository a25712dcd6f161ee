"""A client of an MLflow server that never waits long, and whose errors are sentences."""

import contextlib
import importlib.util
import logging
import os
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from shared.errors import ModelgateError, SettingsError
from trainer.tracking.server_address import TRACKING_URI, TrackingServer

if TYPE_CHECKING:
    from mlflow import MlflowClient

MISSING = frozenset({"RESOURCE_DOES_NOT_EXIST", "NOT_FOUND"})
_REFUSED = frozenset({"INVALID_PARAMETER_VALUE", "BAD_REQUEST", "RESOURCE_ALREADY_EXISTS"})
_DENIED = frozenset({"PERMISSION_DENIED", "UNAUTHENTICATED", "CUSTOMER_UNAUTHORIZED"})
_STATUS = re.compile(r"failed with error code (\d{3})\b")
_TOO_LARGE = 413
_VARIABLES = {
    # The follower itself repeats a request that fails, with longer and longer pauses.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "15",
    "MLFLOW_ARTIFACT_UPLOAD_DOWNLOAD_TIMEOUT": "120",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    # The library would report its use to its makers.
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
}


class TrackingError(ModelgateError):
    """The server did not do what it was asked. The same request is made again later."""


class MissingInMlflowError(TrackingError):
    """The server does not have what a request names."""


class RefusedByMlflowError(TrackingError):
    """The server will not take a request, and not later either."""


def is_installed() -> bool:
    """Return whether the client's package is installed, without importing it."""
    return importlib.util.find_spec("mlflow") is not None


def require_mlflow() -> None:
    """Raise SettingsError if the client's package is not installed."""
    if not is_installed():
        raise SettingsError(
            f"{TRACKING_URI} is set, but the package mlflow is not installed. Install "
            "requirements/mlflow.txt (MLFLOW=true when you start, or as build argument of the "
            "images), or unset the variable to track nothing."
        )


def connect(server: TrackingServer) -> "MlflowClient":
    """Return a client of the server. Nothing is sent yet. Raises SettingsError."""
    require_mlflow()
    for name, value in _VARIABLES.items():
        os.environ.setdefault(name, value)
    os.environ.pop("MLFLOW_RUN_ID", None)
    from mlflow import MlflowClient  # noqa: PLC0415 - an optional package, slow to import

    for name in ("mlflow", "urllib3"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return MlflowClient(server.uri, registry_uri=server.uri)


@contextlib.contextmanager
def translated(server: TrackingServer) -> Iterator[None]:
    """Turn an error of the library in this block into a TrackingError."""
    from mlflow.exceptions import MlflowException  # noqa: PLC0415 - as above
    from requests.exceptions import RequestException  # noqa: PLC0415 - a part of that package

    try:
        yield
    except (MlflowException, RequestException, OSError, ImportError) as error:
        raise _translate(error, server) from error


def _translate(error: Exception, server: TrackingServer) -> TrackingError:
    code, status = str(getattr(error, "error_code", "")), _find_status(error)
    where = f"The MLflow server {server.shown}"
    if code in MISSING:
        return MissingInMlflowError(f"{where} does not have what was requested.")
    if status == _TOO_LARGE:
        return RefusedByMlflowError(f"{where}, or a proxy before it, refused a file as too large.")
    if code in _REFUSED and status is None:
        return RefusedByMlflowError(f"{where} refused a request with {code}. Its log has details.")
    return TrackingError(f"{where} {_explain(error, code, status)}")


def _explain(error: Exception, code: str, status: int | None) -> str:
    """Return the rest of a sentence about the server, and what to do."""
    if code in _DENIED or status in {401, 403}:
        return (
            "does not permit this. Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or "
            "MLFLOW_TRACKING_TOKEN, to a user who may write."
        )
    if status in {404, 405}:
        return f"is not one of MLflow at this path. Correct {TRACKING_URI}."
    if isinstance(error, ImportError):
        return (
            f"keeps files where this client cannot write: the package {error.name} is not "
            "installed. Start the server with --serve-artifacts."
        )
    if _is_unreachable(error):
        return (
            f"cannot be reached. Start it, or correct {TRACKING_URI}. Until then, nothing is "
            "tracked."
        )
    return "failed to answer a request. Its log has details."


def _find_status(error: Exception) -> int | None:
    """Return the status of a response that is not MLflow's own, such as a proxy's."""
    response = getattr(error, "response", None)
    if response is not None:
        return int(response.status_code)
    found = _STATUS.search(str(error))
    return int(found[1]) if found else None


def _is_unreachable(error: BaseException | None) -> bool:
    """Return whether a connection failed: the library only wraps that error."""
    while error is not None:
        if type(error).__name__ in {"ConnectionError", "NewConnectionError", "ConnectTimeout"}:
            return True
        error = error.__cause__ or error.__context__
    return False

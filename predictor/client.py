"""`python -m predictor.client`: send one sample request to the running predictor."""

import argparse
import json
import sys
from typing import Any

import httpx
from pydantic import SecretStr

from predictor.settings import PredictorSettings
from shared.access.client_context import any_service_context, own_service_context
from shared.errors import ClientError, ModelgateError
from shared.http.listening import client_url, published_url
from shared.inference.feature_encoding import Value
from shared.settings import load_settings
from shared.text import to_printable

_TIMEOUT_SECONDS = 10.0
_KEY_STATUSES = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
_KEY_HINT = " Set PREDICTOR_API_KEY to a key that is allowed."


def main() -> int:
    """Print a real row and its prediction, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m predictor.client", description="Send one sample request."
    )
    parser.add_argument(
        "--url", help="URL of the predictor (default: from PREDICTOR_HOST and PREDICTOR_PORT)"
    )
    arguments = parser.parse_args()
    try:
        settings = load_settings(PredictorSettings)
        if arguments.url:
            url = shown = arguments.url
            trust = any_service_context(url)
        else:
            has_tls = settings.tls_cert is not None
            url = client_url(settings.host, settings.port, has_tls=has_tls)
            shown = published_url(settings.published, url)
            trust = own_service_context(settings.tls_cert)
        headers = key_header(settings.api_key)
        with httpx.Client(
            base_url=url, headers=headers, timeout=_TIMEOUT_SECONDS, trust_env=False, verify=trust
        ) as client:
            print(sample_prediction(client, shown))
    except ModelgateError as error:
        print(f"error: {to_printable(error)}", file=sys.stderr)
        return 1
    return 0


def key_header(key: SecretStr | None) -> dict[str, str]:
    """Return the header with the client's key, if there is one."""
    return {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}


def sample_prediction(client: httpx.Client, shown: str) -> str:
    """Request the model's example row and its prediction; return both as text.

    *shown* is the URL for messages. In a container it differs from the client's own.

    Raises ClientError.
    """
    model = _request(client, shown, "GET", "/model")
    if model["example"] is None:
        reason = model["last_error"] or "No model is promoted yet; train one with `make retrain`."
        raise ClientError(f"The predictor at {shown} serves no model yet. {reason}")
    prediction = _request(client, shown, "POST", "/predict", json={"features": model["example"]})
    labels = [to_printable(feature["name"]) for feature in model["features"]]
    width = max(map(len, labels))
    row = (
        f"  {name:{width}}  {_format(value)}"
        for name, value in zip(labels, model["example"], strict=True)
    )
    return "\n".join([f"POST {shown}/predict", *row, "Response:", json.dumps(prediction, indent=2)])


def _format(value: Value) -> str:
    """Format a value as JSON with all digits, but whole numbers without `.0`."""
    shown = to_printable(json.dumps(value, ensure_ascii=False))
    return shown.removesuffix(".0") if isinstance(value, float) else shown


def _request(client: httpx.Client, shown: str, method: str, path: str, **options: Any) -> Any:
    try:
        response = client.request(method, path, **options)
        content = response.json()
    except httpx.HTTPError as error:
        raise ClientError(
            f"No predictor responds at {shown}: {str(error) or type(error).__name__}. "
            "Start one with `make run`."
        ) from error
    except ValueError as error:
        raise ClientError(f"The service at {shown} is not a predictor.") from error
    if response.is_error:
        hint = _KEY_HINT if response.status_code in _KEY_STATUSES else ""
        raise ClientError(f"{method} {path}: {content['error']['message']}{hint}")
    return content


if __name__ == "__main__":
    sys.exit(main())

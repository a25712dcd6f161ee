"""`python -m predictor.client`: send one sample request to the running predictor."""

import argparse
import json
import sys
from typing import Any

import httpx

from predictor.settings import PredictorSettings
from shared.errors import ClientError, ModelgateError
from shared.http.listening import client_url, published_url
from shared.inference.feature_encoding import Value
from shared.settings import load_settings

_TIMEOUT_SECONDS = 10.0


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
        url = shown = arguments.url
        if url is None:
            settings = load_settings(PredictorSettings)
            url = client_url(settings.host, settings.port)
            shown = published_url(settings.published, url)
        with httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            print(sample_prediction(client, shown))
    except ModelgateError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


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
    names = [feature["name"] for feature in model["features"]]
    width = max(map(len, names))
    row = (
        f"  {name:{width}}  {_format(value)}"
        for name, value in zip(names, model["example"], strict=True)
    )
    return "\n".join([f"POST {shown}/predict", *row, "Response:", json.dumps(prediction, indent=2)])


def _format(value: Value) -> str:
    """Format a value as JSON with all digits, but whole numbers without `.0`."""
    shown = json.dumps(value, ensure_ascii=False)
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
        raise ClientError(f"{method} {path}: {content['error']['message']}")
    return content


if __name__ == "__main__":
    sys.exit(main())

"""`python -m predictor.client`: one sample request to the predictor that is running."""

import argparse
import json
import sys
from typing import Any

import httpx

from predictor.settings import PredictorSettings
from shared.errors import ClientError, ModelgateError
from shared.inference.feature_encoding import Value
from shared.settings import load_settings

_TIMEOUT_SECONDS = 10.0
_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - translated, not bound


def main() -> int:
    """Ask for the prediction of a real row and print both; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m predictor.client", description="Send one sample request."
    )
    parser.add_argument(
        "--url", help="the predictor's address; default: from PREDICTOR_HOST, _PORT"
    )
    arguments = parser.parse_args()
    try:
        url = arguments.url or _own_url(load_settings(PredictorSettings))
        with httpx.Client(base_url=url, timeout=_TIMEOUT_SECONDS, trust_env=False) as client:
            print(sample_prediction(client))
    except ModelgateError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def sample_prediction(client: httpx.Client) -> str:
    """Ask for a real row and what the model says to it; returns both, readable.

    Raises ClientError.
    """
    model = _ask(client, "GET", "/model")
    if model["example"] is None:
        reason = model["last_error"] or "None has been promoted; train one with `make retrain`."
        raise ClientError(f"The predictor at {client.base_url} serves no model yet. {reason}")
    answer = _ask(client, "POST", "/predict", json={"features": model["example"]})
    names = [feature["name"] for feature in model["features"]]
    width = max(map(len, names))
    row = (
        f"  {name:{width}}  {_shown(value)}"
        for name, value in zip(names, model["example"], strict=True)
    )
    return "\n".join(
        [f"POST {client.base_url}/predict", *row, "answers", json.dumps(answer, indent=2)]
    )


def _shown(value: Value) -> str:
    """As in JSON, but a number with six digits at most."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:g}" if is_number else json.dumps(value, ensure_ascii=False)


def _ask(client: httpx.Client, method: str, path: str, **options: Any) -> Any:
    try:
        response = client.request(method, path, **options)
        content = response.json()
    except httpx.HTTPError as error:
        raise ClientError(
            f"No predictor answers at {client.base_url}: {str(error) or type(error).__name__}. "
            "Start one with `make run`."
        ) from error
    except ValueError as error:
        raise ClientError(f"What answers at {client.base_url} is not a predictor.") from error
    if response.is_error:
        raise ClientError(f"{method} {path}: {content['error']['message']}")
    return content


def _own_url(settings: PredictorSettings) -> str:
    host = _ANY_ADDRESS.get(settings.host, settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


if __name__ == "__main__":
    sys.exit(main())

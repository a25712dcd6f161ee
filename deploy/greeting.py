"""The greeting of a stack that serves its first model: addresses, a request, the next commands."""

import json
import shlex
import time
from dataclasses import dataclass
from typing import Any

import httpx

from predictor.client import key_header
from predictor.settings import PredictorSettings
from shared.access.client_context import own_service_context
from shared.text import to_printable

_POLL_SECONDS = 0.1
_REFUSED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
_LOOPBACK = ("https://127.", "https://[::1]", "https://localhost")

Exchange = tuple[dict[str, Any], dict[str, Any]]
"""A request for a prediction, and its response."""


@dataclass(frozen=True)
class Greeting:
    """How a user reaches the stack: the two URLs, the store to name, and how to stop it."""

    predictor_url: str
    gatekeeper_url: str
    stop: str
    store: str | None = None
    needs_key: bool = False
    """Whether the predictor answers only clients with a key."""

    def text(self, exchange: Exchange | None) -> str:
        """Return what a first user needs. Without an *exchange*, no key was known."""
        on_store = f" STORE_DIR={shlex.quote(self.store)}" if self.store else ""
        serves = ""
        if exchange is not None:
            response = exchange[1]
            name = to_printable(response["model_name"])
            serves = f" and serves {name}, version {response['model_version']}"
        return f"""
Modelgate is up{serves}.

  overview     {self.gatekeeper_url}/
  predictor    {self.predictor_url}   API documentation: {self.predictor_url}/docs
  gatekeeper   {self.gatekeeper_url}   API documentation: {self.gatekeeper_url}/docs

{self._request(exchange)}

Train again, show the decisions, and show the version that each worker serves:

  make retrain{on_store}
  make history{on_store}
  make status{on_store}

`make help` lists all commands. {self.stop} stops everything.
"""

    def _request(self, exchange: Exchange | None) -> str:
        if exchange is None:
            return (
                "Requests for predictions need a key. `./modelgate api-key NAME FILE` makes one, "
                "and adds its hash to FILE."
            )
        # The certificate does not have the name of this machine's own address.
        options = " --insecure" if self.predictor_url.startswith(_LOOPBACK) else ""
        if self.needs_key:
            options += ' -H "Authorization: Bearer $PREDICTOR_API_KEY"'
        text = json.dumps(exchange[0], ensure_ascii=False)
        body = shlex.quote(text if to_printable(text) == text else json.dumps(exchange[0]))
        return (
            "Request a prediction in a second terminal:\n\n"
            f"  curl -s{options} {self.predictor_url}/predict -d {body}"
        )


def wait_for_prediction(url: str, settings: PredictorSettings) -> Exchange | None:
    """Wait until a model is served; return a request and its response.

    Return None if the predictor needs a key that *settings* does not have.
    """
    with httpx.Client(
        base_url=url,
        timeout=5,
        trust_env=False,
        headers=key_header(settings.api_key),
        verify=own_service_context(settings.tls_cert),
    ) as predictor:
        while True:
            try:
                predictor.get("/readyz").raise_for_status()
                model = predictor.get("/model").raise_for_status().json()
                request = {"features": model["example"]}
                response = predictor.post("/predict", json=request).raise_for_status().json()
            except httpx.HTTPStatusError as error:
                if error.response.status_code in _REFUSED:
                    return None
                time.sleep(_POLL_SECONDS)
            except httpx.HTTPError:
                time.sleep(_POLL_SECONDS)
            else:
                return request, response

"""The greeting of a stack that serves its first model: addresses, a request, the next commands."""

import json
import shlex
import time
from dataclasses import dataclass
from typing import Any

import httpx

_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Greeting:
    """How a user reaches the stack: the two URLs, the store to name, and how to stop it."""

    predictor_url: str
    gatekeeper_url: str
    stop: str
    store: str | None = None

    def text(self, request: dict[str, Any], response: dict[str, Any]) -> str:
        """Return what a first user needs. *response* is the answer to *request*."""
        on_store = f" STORE_DIR={shlex.quote(self.store)}" if self.store else ""
        body = shlex.quote(json.dumps(request, ensure_ascii=False))
        return f"""
Modelgate is up and serves {response["model_name"]}, version {response["model_version"]}.

  overview     {self.gatekeeper_url}/
  predictor    {self.predictor_url}   API documentation: {self.predictor_url}/docs
  gatekeeper   {self.gatekeeper_url}   API documentation: {self.gatekeeper_url}/docs

Request a prediction in a second terminal:

  curl -s {self.predictor_url}/predict -d {body}

Train again, show the decisions, and show the version that each worker serves:

  make retrain{on_store}
  make history{on_store}
  make status{on_store}

`make help` lists all commands. {self.stop} stops everything.
"""


def wait_for_prediction(url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Wait until a model is served; return a request and its response."""
    with httpx.Client(base_url=url, timeout=5, trust_env=False) as predictor:
        while True:
            try:
                predictor.get("/readyz").raise_for_status()
                model = predictor.get("/model").raise_for_status().json()
                request = {"features": model["example"]}
                response = predictor.post("/predict", json=request).raise_for_status().json()
            except httpx.HTTPError:
                time.sleep(_POLL_SECONDS)
            else:
                return request, response

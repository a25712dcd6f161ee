"""`python -m deploy.local.welcome MANAGER_PID`: train the first model and print what to do next.

The process manager starts it once, beside the services.
"""

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
from typing import Any

import httpx

from gatekeeper.settings import GatekeeperSettings
from predictor.settings import PredictorSettings
from shared.contract.layout import StoreLayout
from shared.http.listening import client_url
from shared.parent_process import exit_with_parent
from shared.settings import CommonSettings, load_settings

_POLL_SECONDS = 0.1


def main() -> None:
    """Train if the store has no registry, wait until a model is served, and print the greeting."""
    parser = argparse.ArgumentParser(
        prog="python -m deploy.local.welcome",
        description="Train the first model and print what to do next.",
    )
    parser.add_argument("manager", metavar="MANAGER_PID", type=int, help="its process manager")
    exit_with_parent(parser.parse_args().manager)
    common = load_settings(CommonSettings)
    gatekeeper = load_settings(GatekeeperSettings)
    predictor = load_settings(PredictorSettings)

    subprocess.run([sys.executable, "-m", "trainer", "--unless-registry"], check=False)
    if not StoreLayout(common.store_dir).registry.exists():
        print(
            "No model is in production; the lines above say why. The services keep running. "
            "In a second terminal, approve the candidate with `make approve`, "
            "or correct the problem and run `make retrain`.",
            flush=True,
        )
    predictor_url = client_url(predictor.host, predictor.port)
    request, response = _wait_for_prediction(predictor_url)
    gatekeeper_url = client_url(gatekeeper.host, gatekeeper.port)
    print(greeting(request, response, predictor_url, gatekeeper_url), flush=True)


def greeting(
    request: dict[str, Any], response: dict[str, Any], predictor_url: str, gatekeeper_url: str
) -> str:
    """Return what a first user needs: addresses, one request, the next commands."""
    store = os.environ.get("STORE_DIR")
    on_store = f" STORE_DIR={shlex.quote(store)}" if store else ""
    return f"""
Modelgate is up and serves {response["model_name"]}, version {response["model_version"]}.

  overview     {gatekeeper_url}/
  predictor    {predictor_url}   API documentation: {predictor_url}/docs
  gatekeeper   {gatekeeper_url}   API documentation: {gatekeeper_url}/docs

Request a prediction in a second terminal:

  curl -s {predictor_url}/predict -d {shlex.quote(json.dumps(request, ensure_ascii=False))}

Train again, show the decisions, and show the version that each worker serves:

  make retrain{on_store}
  make history{on_store}
  make status{on_store}

`make help` lists all commands. Ctrl-C stops everything.
"""


def _wait_for_prediction(url: str) -> tuple[dict[str, Any], dict[str, Any]]:
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


if __name__ == "__main__":
    main()

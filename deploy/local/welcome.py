"""`python -m deploy.local.welcome MANAGER`: train the first model, wait until it is served, greet.

Started once by the process manager, beside the services.
"""

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
from shared.parent_process import exit_with_parent
from shared.settings import CommonSettings, load_settings

_POLL_SECONDS = 0.1
_EVERY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound


def main() -> None:
    """Train where nothing was promoted yet, then wait, for ever if need be, and print."""
    exit_with_parent(int(sys.argv[1]))
    common = load_settings(CommonSettings)
    gatekeeper = load_settings(GatekeeperSettings)
    predictor = load_settings(PredictorSettings)

    subprocess.run([sys.executable, "-m", "trainer", "--unless-registry"], check=False)
    if not StoreLayout(common.store_dir).registry.exists():
        print(
            "Nothing is in production yet, for the reason above. The services stay up: in a second "
            "terminal approve what waits, or see to it and run `make retrain`.",
            flush=True,
        )
    predictor_url = url_of(predictor.host, predictor.port)
    question, answer = _first_prediction(predictor_url)
    gatekeeper_url = url_of(gatekeeper.host, gatekeeper.port)
    print(greeting(question, answer, predictor_url, gatekeeper_url), flush=True)


def greeting(
    question: dict[str, Any], answer: dict[str, Any], predictor_url: str, gatekeeper_url: str
) -> str:
    """All that somebody needs who has just started Modelgate for the first time."""
    store = os.environ.get("STORE_DIR")
    which = f" STORE_DIR={shlex.quote(store)}" if store else ""
    return f"""
Modelgate is up and serves {answer["model_name"]}, version {answer["model_version"]}.

  predictor    {predictor_url}   its documentation: {predictor_url}/docs
  gatekeeper   {gatekeeper_url}   its documentation: {gatekeeper_url}/docs
  production   {gatekeeper_url}/  what is there and why, on a page

Ask for a prediction, in a second terminal:

  curl -s {predictor_url}/predict -d {shlex.quote(json.dumps(question, ensure_ascii=False))}

Then train again, and see what was decided and what every worker serves:

  make retrain{which}
  make history{which}
  make status{which}

`make help` lists the rest. Ctrl-C stops everything.
"""


def url_of(host: str, port: int) -> str:
    """Where somebody on this machine opens what listens on *host*."""
    host = _EVERY_ADDRESS.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{host}:{port}"


def _first_prediction(url: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Question and answer, as soon as there is a model to ask."""
    with httpx.Client(base_url=url, timeout=5, trust_env=False) as predictor:
        while True:
            try:
                predictor.get("/readyz").raise_for_status()
                question = {
                    "features": predictor.get("/model").raise_for_status().json()["example"]
                }
                answer = predictor.post("/predict", json=question).raise_for_status().json()
            except httpx.HTTPError:
                time.sleep(_POLL_SECONDS)
            else:
                return question, answer


if __name__ == "__main__":
    main()

"""`python -m deploy.local.welcome MANAGER_PID`: train the first model and print what to do next.

The process manager starts it once, beside the services.
"""

import argparse
import os
import subprocess
import sys

from deploy.greeting import Greeting, wait_for_prediction
from gatekeeper.settings import GatekeeperSettings
from predictor.settings import PredictorSettings
from shared.contract.layout import StoreLayout
from shared.http.listening import client_url, published_url
from shared.parent_process import exit_with_parent
from shared.settings import CommonSettings, load_settings


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
    url = client_url(predictor.host, predictor.port, has_tls=predictor.tls_cert is not None)
    exchange = wait_for_prediction(url, predictor)
    gatekeeper_url = client_url(
        gatekeeper.host, gatekeeper.port, has_tls=gatekeeper.tls_cert is not None
    )
    greeting = Greeting(
        published_url(predictor.published, url),
        published_url(gatekeeper.published, gatekeeper_url),
        stop="Ctrl-C",
        store=os.environ.get("STORE_DIR"),
        needs_key=predictor.api_keys_file is not None,
    )
    print(greeting.text(exchange), flush=True)


if __name__ == "__main__":
    main()

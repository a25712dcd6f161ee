"""`python -m deploy.containers.welcome`: print how to reach the stack when a model is served.

The launcher starts it in the predictor's container. docker-compose.yml gives it the addresses that
are published on the user's machine.
"""

import argparse
import os

from deploy.greeting import Greeting, wait_for_prediction
from predictor.settings import PredictorSettings
from shared.http.listening import client_url, published_url
from shared.settings import load_settings

GATEKEEPER_ADDRESS = "GATEKEEPER_PUBLISHED"
"""Variable with the published address of the gatekeeper. Only compose sets it."""


def main() -> None:
    """Wait until a model is served, and print the greeting."""
    argparse.ArgumentParser(
        prog="python -m deploy.containers.welcome",
        description="Print how to reach the stack when a model is served.",
    ).parse_args()
    settings = load_settings(PredictorSettings)
    url = client_url(settings.host, settings.port, has_tls=settings.tls_cert is not None)
    exchange = wait_for_prediction(url, settings)
    greeting = Greeting(
        published_url(settings.published, url),
        published_url(os.environ[GATEKEEPER_ADDRESS], ""),
        stop="`make down`",
        needs_key=settings.api_keys_file is not None,
    )
    print(greeting.text(exchange), flush=True)


if __name__ == "__main__":
    main()

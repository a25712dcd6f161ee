"""A compose project whose services are below a path: probes, commands and clients work."""

from collections.abc import Iterator

import httpx
import pytest

from tests.stacks.compose_stack import ComposeStack
from tests.stacks.stack import running
from tests.support.http import plain_http

pytestmark = pytest.mark.docker

CHURN, GATE = "/ml/churn", "/ml/gate"
ORIGIN = "https://app.example.com"


@pytest.fixture(scope="module")
def below(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeStack]:
    """Start a project from .env. Compose waits until its services are healthy."""
    stack = ComposeStack(tmp_path_factory.mktemp("below"))
    lines = (
        f"PREDICTOR_ROOT_PATH={CHURN}",
        f"GATEKEEPER_ROOT_PATH={GATE}",
        f"PREDICTOR_CORS_ORIGINS={ORIGIN}",
    )
    (stack.checkout / ".env").write_text("\n".join(lines))
    with running(stack, is_trained=True) as started:
        yield started


def test_both_services_answer_below_their_paths(below: ComposeStack) -> None:
    for url in (f"{below.url}{CHURN}", f"{below.gatekeeper_url}{GATE}"):
        for path in ("/readyz", "/metrics", "/docs"):
            assert plain_http.get(url + path).status_code == httpx.codes.OK
    assert f'href="{GATE}/page/decisions"' in plain_http.get(f"{below.gatekeeper_url}{GATE}").text
    row = {"features": below.example()}
    answer = plain_http.post(f"{below.url}{CHURN}/predict", json=row, headers={"origin": ORIGIN})
    assert answer.json()["model_version"] == 1
    assert answer.headers["access-control-allow-origin"] == ORIGIN


def test_commands_and_clients_with_a_path_work(below: ComposeStack) -> None:
    assert "v1 is in production" in below.make("status").stdout
    assert '"model_version": 1' in below.make("predict").stdout
    refused = below.make("rollback", VERSION=1)
    assert "Version 1 is already in production" in refused.stdout + refused.stderr
    client = ("python", "-m", "gatekeeper.client", "--url", f"http://127.0.0.1:8001{GATE}")
    status = below.compose("exec", "-T", "gatekeeper", *client, "status")
    assert "v1 is in production" in status.stdout
    url = f"http://127.0.0.1:8000{CHURN}"
    client = ("python", "-m", "predictor.client", "--url", url)
    assert f"POST {url}/predict" in below.compose("exec", "-T", "predictor", *client).stdout


def test_a_retrain_and_a_rollback_work(below: ComposeStack) -> None:
    assert below.make("retrain").returncode == 0
    done = below.make("rollback", VERSION=1, REASON="complaints")
    assert done.returncode == 0, done.stdout + done.stderr
    assert below.version() == 3

"""Keys and certificates from .env, in containers: used, replaced, hidden from other users."""

import os
import ssl
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest

from predictor.http.api_keys import make_key
from tests.compose.test_hardening import UIDS
from tests.faults.support.key_holders import KeyHolder
from tests.stacks.compose_stack import ComposeStack
from tests.stacks.stack import running
from tests.support.certificates import Pair, make_pair, served_certificate
from tests.support.http import plain_http
from tests.support.processes.wait_until import wait_for

pytestmark = pytest.mark.docker


class SecureStack(ComposeStack):
    """A stack with a key and with TLS for both services, all of it from .env."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.key, self.line = make_key("tester")
        self.pairs = {name: make_pair() for name in ("gatekeeper", "predictor")}
        lines = ["PREDICTOR_API_KEYS_FILE=secrets/api-keys", f"PREDICTOR_API_KEY={self.key}"]
        for name, pair in self.pairs.items():
            self.install(name, pair)
            lines.append(f"{name.upper()}_TLS_CERT=secrets/{name}/cert.pem")
            lines.append(f"{name.upper()}_TLS_KEY=secrets/{name}/key.pem")
        self.write_keys(self.line)
        (self.checkout / ".env").write_text("\n".join(lines))

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.predictor_port}"

    def install(self, name: str, pair: Pair) -> None:
        """Replace the certificate of a service, whose user owns the key."""
        directory = self.checkout / "secrets" / name
        directory.mkdir(parents=True, exist_ok=True)
        for path in pair.write(directory).values():
            os.chown(path, UIDS[name], UIDS[name])

    def write_keys(self, *lines: str) -> None:
        """Replace the file of keys, which the predictor's user owns."""
        new = self.checkout / "secrets" / "new"
        new.write_text("\n".join(lines))
        new.chmod(0o600)
        os.chown(new, UIDS["predictor"], UIDS["predictor"])
        new.rename(self.checkout / "secrets" / "api-keys")

    def trust(self, *pairs: Pair) -> ssl.SSLContext:
        """Return a context that trusts the certificates of both services, and *pairs*."""
        known = b"".join(pair.certificate for pair in (*self.pairs.values(), *pairs))
        return ssl.create_default_context(cadata=known.decode())

    def post(self, key: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        row = {"features": [0.0] * 30}
        return plain_http.post(
            f"{self.url}/predict", json=row, headers=headers, verify=self.trust()
        )


def shows(port: int, pair: Pair) -> bool:
    return served_certificate(port) == pair.certificate


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecureStack]:
    with running(SecureStack(tmp_path_factory.mktemp("secure"))) as started:
        yield started


def test_only_clients_with_the_key_are_answered_over_https(secure: SecureStack) -> None:
    assert secure.post(secure.key).status_code == 200
    assert secure.post("").status_code == 401
    for port in (secure.predictor_port, secure.gatekeeper_port):
        ready = plain_http.get(f"https://127.0.0.1:{port}/readyz", verify=secure.trust())
        assert ready.status_code == 200
        with pytest.raises(httpx.HTTPError):
            plain_http.get(f"http://127.0.0.1:{port}/readyz")


def test_commands_and_messages_know_https_and_the_key(secure: SecureStack) -> None:
    assert "POST https://127.0.0.1" in secure.make("predict").stdout
    refused = secure.make("predict", PREDICTOR_API_KEY="wrong")
    assert "The key is not known" in refused.stderr
    assert "v1 is in production" in secure.make("status").stdout
    shown = secure.compose("logs", "--no-log-prefix", "predictor", "gatekeeper").stdout
    assert f"Listening on {secure.url} with" in shown
    assert f"overview     https://127.0.0.1:{secure.gatekeeper_port}/" in shown
    assert 'curl -s --insecure -H "Authorization: Bearer $PREDICTOR_API_KEY"' in shown
    assert secure.key not in shown


def test_a_service_cannot_read_the_secrets_of_the_other(secure: SecureStack) -> None:
    for service, file in (
        ("gatekeeper", "api-keys"),
        ("gatekeeper", "predictor/key.pem"),
        ("predictor", "gatekeeper/key.pem"),
    ):
        tried = secure.shell(service, f"cat /app/secrets/{file}")
        assert "Permission denied" in tried.stderr, (service, file)
        assert secure.shell(service, f"echo >> /app/secrets/{file}").returncode != 0


def test_both_are_replaced_without_a_restart_and_without_a_failed_request(
    secure: SecureStack,
) -> None:
    begun = [secure.inspect(name)[0]["State"]["StartedAt"] for name in secure.pairs]
    new = {name: make_pair() for name in secure.pairs}
    trust = secure.trust(*new.values())
    clients = [
        KeyHolder(f"https://127.0.0.1:{secure.gatekeeper_port}", "/livez", verify=trust),
        KeyHolder(secure.url, "/model", key=secure.key, verify=trust),
    ]
    with clients[0].running(), clients[1].running():
        for name, pair in new.items():
            secure.install(name, pair)
            port = secure.predictor_port if name == "predictor" else secure.gatekeeper_port
            wait_for(
                partial(shows, port, pair),
                "the new certificate",
            )
        secure.pairs = new
        other, line = make_key("other")
        secure.write_keys(secure.line, line)
        wait_for(lambda: secure.post(other).status_code == 200, "the new key")
        secure.write_keys(secure.line, f"{line} disabled")
        wait_for(lambda: secure.post(other).status_code == 403, "the key to go")
    assert [client.failures for client in clients] == [[], []]
    assert all(client.answered for client in clients)
    assert [secure.inspect(name)[0]["State"]["StartedAt"] for name in secure.pairs] == begun

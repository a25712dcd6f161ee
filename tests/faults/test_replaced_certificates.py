"""Certificates and keys are replaced and damaged under load: no client notices."""

import os
import ssl
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.faults.support.effort import figure
from tests.faults.support.key_holders import KeyHolder
from tests.faults.support.record import Record
from tests.integration.tls.conftest import Secure, serving
from tests.support.certificates import Pair, make_pair, replace, served_certificate
from tests.support.processes.wait_until import wait_for

CERTIFICATE, KEY = "cert.pem", "key.pem"
Damage = Callable[[Path, Pair], object]


def swap_directory(directory: Path, pair: Pair) -> None:
    """Replace both files in one step, through a link to a directory, as Kubernetes does."""
    version = directory / f"version-{os.urandom(4).hex()}"
    version.mkdir()
    pair.write(version)
    for name in (CERTIFICATE, KEY):
        link = directory / f"{name}.link"
        link.symlink_to(Path("current") / name)
        link.rename(directory / name)
    current = directory / "current.new"
    current.symlink_to(version.name)
    current.rename(directory / "current")


def certificate_first(directory: Path, pair: Pair) -> None:
    replace(directory / CERTIFICATE, pair.certificate)
    replace(directory / KEY, pair.key)


def key_first(directory: Path, pair: Pair) -> None:
    replace(directory / KEY, pair.key)
    replace(directory / CERTIFICATE, pair.certificate)


def in_place(directory: Path, pair: Pair) -> None:
    """Write both files in small pieces, as an editor may."""
    for name, content in ((CERTIFICATE, pair.certificate), (KEY, pair.key)):
        with (directory / name).open("wb", buffering=0) as file:
            for line in content.splitlines(keepends=True):
                file.write(line)


WAYS = (certificate_first, key_first, in_place, swap_directory)
DAMAGES: dict[str, Damage] = {
    "does not belong to the certificate": lambda directory, other: replace(
        directory / KEY, other.key
    ),
    "expired on": lambda directory, _: make_pair(ends=timedelta(hours=-1)).write(directory),
    "contains no certificate in PEM form": lambda directory, _: replace(
        directory / CERTIFICATE, b"rubbish"
    ),
    "key.pem cannot be read": lambda directory, _: (directory / KEY).unlink(),
    "so other users can access it": lambda directory, _: (directory / KEY).chmod(0o644),
    "is encrypted": lambda directory, _: make_pair(password=b"secret").write(directory),
}


def trust(*pairs: Pair) -> ssl.SSLContext:
    """Return a context that trusts all of these certificates."""
    text = b"".join(pair.certificate for pair in pairs).decode()
    return ssl.create_default_context(cadata=text)


def shows(secure: Secure, pair: Pair) -> bool:
    """Return whether several new connections show this certificate, so that all workers answer."""
    return {served_certificate(secure.port) for _ in range(8)} == {pair.certificate}


def reports(secure: Secure, message: str) -> bool:
    """Return whether the log has a message about the damage."""
    return message in secure.log.read_text()


@pytest.mark.parametrize("name", ["predictor", "gatekeeper"])
def test_no_client_notices_that_the_certificate_is_replaced_or_damaged(
    tmp_path: Path, record: Record, name: str
) -> None:
    pairs = [make_pair() for _ in range(figure(quick=4, full=40))]
    with serving(name, tmp_path, workers=2) as secure:
        path = "/predict" if name == "predictor" else "/livez"
        client = KeyHolder(secure.url, path, verify=trust(secure.pair, *pairs))
        with client.running():
            for number, pair in enumerate(pairs):
                WAYS[number % len(WAYS)](tmp_path, pair)
                wait_for(partial(shows, secure, pair), "the new pair")
            last = pairs[-1]
            for message, damage in DAMAGES.items():
                damage(tmp_path, secure.pair)
                wait_for(partial(reports, secure, message), "the damage to be reported")
                assert shows(secure, last), message
                last.write(tmp_path)
        assert client.failures == []
        assert client.answered > 0
        text = secure.log.read_text()
        assert "The content before it stays in use." in text
        assert "Traceback" not in text
        assert "PRIVATE KEY-----" not in text
    record.add("replaced certificates", f"requests to the {name}", client.answered)

"""A certificate that cannot be used stops the start with one sentence."""

import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from shared.access.certificate import ServerCertificate, TlsFiles, tls_files
from shared.access.client_context import any_service_context, own_service_context
from shared.errors import CertificateError, ClientError, SettingsError
from shared.store.store import ModelStore
from tests.support.certificates import DAY, Pair, make_pair
from tests.support.project import ROOT
from tests.support.stores.gatekeeping import clean_environment

PAIR = make_pair()
BAD: dict[str, Callable[[], Pair]] = {
    "does not belong to the certificate": lambda: Pair(PAIR.certificate, make_pair().key),
    "expired on": lambda: make_pair(begins=-2 * DAY, ends=-DAY),
    "is not valid before": lambda: make_pair(begins=timedelta(hours=1)),
    "is encrypted, and a service cannot ask": lambda: make_pair(password=b"secret"),
    "cert.pem contains no certificate in PEM form": lambda: Pair(PAIR.key, PAIR.key),
    "key.pem contains no private key in PEM form": lambda: Pair(PAIR.certificate, b""),
    "cannot be used": lambda: Pair(PAIR.certificate.replace(b"M", b"!"), PAIR.key),
}


def files_in(directory: Path) -> TlsFiles:
    return TlsFiles(directory / "cert.pem", directory / "key.pem")


@pytest.mark.parametrize("message", BAD)
def test_the_message_names_the_file_and_the_reason(tmp_path: Path, message: str) -> None:
    BAD[message]().write(tmp_path)
    with pytest.raises(CertificateError, match=message) as caught:
        ServerCertificate(files_in(tmp_path))
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("mode", [0o604, 0o644, 0o620])
def test_a_key_that_others_can_use_is_refused(tmp_path: Path, mode: int) -> None:
    PAIR.write(tmp_path)["TLS_KEY"].chmod(mode)
    with pytest.raises(CertificateError, match="so other users can access it"):
        ServerCertificate(files_in(tmp_path))


@pytest.mark.parametrize("missing", ["cert.pem", "key.pem"])
def test_a_missing_file_is_named(tmp_path: Path, missing: str) -> None:
    PAIR.write(tmp_path)
    (tmp_path / missing).unlink()
    with pytest.raises(CertificateError, match=f"{missing} cannot be read: No such file"):
        ServerCertificate(files_in(tmp_path))


def test_one_file_may_contain_the_chain_and_the_key(tmp_path: Path) -> None:
    path = Pair(PAIR.certificate + make_pair().certificate + PAIR.key, PAIR.key).write(tmp_path)
    certificate = ServerCertificate(TlsFiles(path["TLS_CERT"], path["TLS_CERT"]))
    assert certificate.problem is None


def test_a_certificate_that_expires_while_it_is_used_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    PAIR.write(tmp_path)
    certificate = ServerCertificate(files_in(tmp_path))
    certificate.poll()
    before: str | None = certificate.problem
    assert before is None
    used = certificate._followed.value
    expired = used._replace(expires=used.expires - 2 * DAY)
    monkeypatch.setattr(certificate._followed, "value", expired)
    assert "expired on" in str(certificate.problem)


def test_both_files_are_set_or_none(tmp_path: Path) -> None:
    assert tls_files("PREDICTOR_", None, None) is None
    assert tls_files("PREDICTOR_", tmp_path, tmp_path) == TlsFiles(tmp_path, tmp_path)
    with pytest.raises(SettingsError, match="PREDICTOR_TLS_CERT is set and PREDICTOR_TLS_KEY is"):
        tls_files("PREDICTOR_", tmp_path, None)
    with pytest.raises(SettingsError, match="GATEKEEPER_TLS_KEY is set and GATEKEEPER_TLS_CERT"):
        tls_files("GATEKEEPER_", None, tmp_path)


@pytest.mark.parametrize("service", ["gatekeeper", "predictor"])
def test_a_service_does_not_start_with_a_pair_that_cannot_be_used(
    store: ModelStore, tmp_path: Path, service: str
) -> None:
    prefix = service.upper()
    files = Pair(PAIR.certificate, make_pair().key).write(tmp_path)
    variables = {f"{prefix}_{last}": path for last, path in files.items()}
    done = subprocess.run(
        [sys.executable, "-m", service],
        cwd=ROOT,
        env=clean_environment(store.layout.root, **variables, **{f"{prefix}_PORT": 0}),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"The {service} cannot start. The private key {files['TLS_KEY']} does")


def test_commands_trust_only_the_first_certificate_of_the_service_s_file(tmp_path: Path) -> None:
    path = Pair(PAIR.certificate + make_pair().certificate, b"").write(tmp_path)["TLS_CERT"]
    assert own_service_context(path).cert_store_stats()["x509"] == 1
    assert own_service_context(None).cert_store_stats()["x509"] == 0
    assert any_service_context("http://localhost").cert_store_stats()["x509"] == 0
    for content in (b"", b"\xff", b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"):
        path.write_bytes(content)
        with pytest.raises(ClientError, match="of the service cannot be read"):
            own_service_context(path)

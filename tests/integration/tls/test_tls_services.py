"""Both services over TLS: handshakes, limits, half-open connections, and the end of a process."""

import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.http.open_connections import RESERVED_DESCRIPTORS
from shared.store.store import open_for_writing
from tests.integration.tls.conftest import Secure, serving
from tests.support.certificates import make_pair, served_certificate
from tests.support.http import plain_http
from tests.support.http.raw_client import answers_in, request
from tests.support.models.toy import toy_model
from tests.support.processes.ports import is_listening
from tests.support.processes.predictor import prefixed_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeping import clean_environment

GET = request(b"", "GET", "/livez", content_length="")


@contextmanager
def connected(secure: Secure) -> Iterator[ssl.SSLSocket]:
    """Open a connection that verifies the certificate and its name."""
    with (
        socket.create_connection(("127.0.0.1", secure.port), 60) as plain,
        secure.pair.trust().wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        yield connection


def read_all(connection: ssl.SSLSocket) -> bytes:
    """Read until the server ends the connection."""
    found = b""
    while piece := connection.recv(1 << 16):
        found += piece
    return found


def test_clients_that_trust_the_certificate_are_answered_and_others_refuse_it(
    secure: Secure,
) -> None:
    assert secure.url.startswith("https://127.0.0.1:")
    trust = secure.pair.trust()
    with plain_http.client(base_url=secure.url, verify=trust) as client:
        for _ in range(3):
            assert client.get("/readyz").status_code == 200
        if secure.name == "predictor":
            answer = client.post("/predict", json={"features": [1, 2]})
            assert answer.headers["x-model-version"] == "1"
    for name in ("localhost", None, "other.example.com"):
        assert served_certificate(secure.port, name) == secure.pair.certificate, name
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{secure.url}/readyz", trust_env=False)


def test_only_tls_of_today_is_spoken(secure: Secure) -> None:
    with socket.create_connection(("127.0.0.1", secure.port), 60) as plain:
        plain.sendall(GET)
        assert b"HTTP/1.1" not in plain.recv(1 << 16)
    for version, is_accepted in (("TLSv1_2", True), ("TLSv1_3", True), ("TLSv1_1", False)):
        context = secure.pair.trust()
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of the old version
            context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
        with socket.create_connection(("127.0.0.1", secure.port), 60) as plain:
            try:
                connection = context.wrap_socket(plain, server_hostname="localhost")
            except ssl.SSLError:
                assert not is_accepted
            else:
                assert is_accepted
                connection.close()
    assert "Traceback" not in secure.log.read_text()


def test_pipelined_requests_and_refusals_arrive_whole(secure: Secure) -> None:
    with connected(secure) as connection:
        connection.sendall(GET + GET + GET[:-2] + b"connection: close\r\n\r\n")
        assert [answer.status for answer in answers_in(read_all(connection))] == [200, 200, 200]
    with connected(secure) as connection:
        connection.sendall(GET + b"NO HTTP\r\n\r\n")
        assert [answer.status for answer in answers_in(read_all(connection))] == [200, 400]
    with connected(secure) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\n" + (b"x: " + b"x" * 1000 + b"\r\n") * 20)
        assert [answer.status for answer in answers_in(read_all(connection))] == [431]


def test_a_client_that_closes_its_side_causes_no_complaint(secure: Secure) -> None:
    for sent in (b"", GET, GET[:-4]):
        with connected(secure) as connection:
            connection.sendall(sent or b"\r\n")
            connection.unwrap() if not sent else connection.shutdown(socket.SHUT_WR)
    with connected(secure) as connection:
        connection.sendall(GET)
        assert b"200 OK" in connection.recv(1 << 16)
    text = secure.log.read_text()
    assert "has no effect" not in text
    assert "Traceback" not in text


def open_sockets(pid: int) -> int:
    """Count the sockets of a process and its children."""
    children = subprocess.run(
        ["ps", "--ppid", str(pid), "-o", "pid="], capture_output=True, text=True, check=False
    )
    count = 0
    for each in [pid, *map(int, children.stdout.split())]:
        for entry in os.scandir(f"/proc/{each}/fd"):
            with suppress(FileNotFoundError):  # closed meanwhile
                count += str(Path(entry.path).readlink()).startswith("socket:")
    return count


@pytest.mark.thorough
def test_clients_that_never_finish_a_handshake_are_dropped_after_a_time(secure: Secure) -> None:
    before = open_sockets(secure.pid)
    hello = b"\x16\x03\x01\x02\x00\x01"  # the beginning of a first message
    with ExitStack() as stack:
        for number in range(20):
            idle = stack.enter_context(socket.create_connection(("127.0.0.1", secure.port), 60))
            idle.sendall(hello[: number % len(hello)])
        wait_for(lambda: open_sockets(secure.pid) >= before + 20, "the connections")
        with connected(secure) as good:
            good.sendall(GET)
            assert b"200 OK" in good.recv(1 << 16)
        wait_for(lambda: open_sockets(secure.pid) <= before, "the end of the handshakes")
    assert "Traceback" not in secure.log.read_text()


def test_commands_trust_the_service_s_own_certificate(secure: Secure) -> None:
    module = f"{secure.name}.client"
    arguments = ["status"] if secure.name == "gatekeeper" else []
    prefix = secure.name.upper()
    variables = {f"{prefix}_PORT": secure.port, f"{prefix}_TLS_CERT": secure.directory / "cert.pem"}

    def run(*options: str, **more: object) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", module, *options, *arguments],
            cwd=ROOT,
            env=clean_environment(secure.directory, **{**variables, **more}),
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )

    known = run()
    assert known.returncode == 0, known.stderr
    unknown = run("--url", secure.url)
    assert unknown.returncode == 1
    assert re.search("certificate", unknown.stderr)
    by_authority = run("--url", secure.url, SSL_CERT_FILE=secure.directory / "cert.pem")
    assert by_authority.returncode == 0, by_authority.stderr
    missing = run(**{f"{prefix}_TLS_CERT": "nothing.pem"})
    assert "The certificate nothing.pem of the service cannot be read" in missing.stderr
    assert "Traceback" not in unknown.stderr + missing.stderr


def test_the_health_probe_of_the_image_reaches_it(secure: Secure) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "deploy.containers.health_probe", str(secure.port), "/readyz"],
        cwd=ROOT,
        env={**os.environ, f"{secure.name.upper()}_TLS_CERT": "cert.pem"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done
    assert "200 OK" in done.stdout


@pytest.mark.parametrize("name", ["predictor", "gatekeeper"])
def test_it_stops_soon_beside_idle_and_unfinished_connections(name: str, tmp_path: Path) -> None:
    with (
        serving(name, tmp_path) as secure,
        connected(secure) as idle,
        socket.create_connection(("127.0.0.1", secure.port), 60),
    ):
        idle.sendall(GET)
        answer = b""
        while not answer.endswith(b"}"):  # it may come in several parts
            answer += (part := idle.recv(1 << 16))
            assert part, answer
        assert b"200 OK" in answer
        os.kill(secure.pid, signal.SIGTERM)
        assert read_all(idle) == b""
        wait_for(lambda: not is_listening(secure.port), "the end")
    text = secure.log.read_text()
    assert "timeout graceful shutdown exceeded" not in text
    assert "Traceback" not in text


def test_connections_without_a_handshake_leave_room_for_good_clients(tmp_path: Path) -> None:
    store = open_for_writing(tmp_path / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
    promote(store, toy_model())
    pair = make_pair()
    files = {f"PREDICTOR_{last}": path for last, path in pair.write(tmp_path).items()}
    few = ("prlimit", f"--nofile={RESERVED_DESCRIPTORS + 20}")
    with ExitStack() as stack:
        predictor = stack.enter_context(prefixed_predictor(few, store, tmp_path / "log", (), files))
        predictor.wait_for_workers(1, 1)
        for _ in range(60):
            stack.enter_context(socket.create_connection(("127.0.0.1", predictor.port), 60))
            if _ % 10 == 9:
                answer = plain_http.get(f"{predictor.url}/readyz", verify=pair.trust())
                assert answer.status_code == 200
        assert "20 connections are open, the limit of this process" in predictor.output()
        assert "Traceback" not in predictor.output()

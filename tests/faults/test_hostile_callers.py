"""Pages of other sites and guessers of tokens reach neither service.

A script that reads a service by DNS rebinding names its own host. Each case is tried on a process
of each service, through both entrances of the predictor.
"""

import socket
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.faults.support.http_services import KINDS, Service
from tests.support.http import plain_http
from tests.support.http.raw_client import Answer, answers_in
from tests.support.processes.wait_until import wait_for

NO_HOST = b"host: test\r\n"
HEADERS = {"content-security-policy", "x-content-type-options", "referrer-policy"}


def send(found: Service, data: bytes) -> list[Answer]:
    """Send *data* on a new connection, and read until the service closes it."""
    with socket.create_connection(("127.0.0.1", found.port), timeout=60) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        received = b""
        while piece := client.recv(1 << 16):
            received += piece
    return answers_in(received)


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_for_another_host_gets_421_and_is_not_answered(
    http_services: dict[str, Service], kind: str
) -> None:
    found = http_services[kind]
    good = found.good
    assert NO_HOST in good
    for host, status in (
        (NO_HOST, 200),
        (b"host: [::1]:8000\r\n", 200),
        (b"HOST: 127.0.0.1\r\n", 200),
        (b"host: evil.example\r\n", 421),
        (b"host: evil.example:%d\r\n" % found.port, 421),
        (b"host: localhost.evil.example\r\n", 421),
        (b"", 400),
        (b"host:\r\n", 421),
        (NO_HOST * 2, 400),
        (b"host: test\r\nhost: evil.example\r\n", 400),
        (b"host: evil.example\r\nhost: test\r\n", 400),
    ):
        for copies in (1, 2):
            answers = send(found, good.replace(NO_HOST, host) * copies)
            expected = [status] * (copies if status == 200 else 1)
            assert [each.status for each in answers] == expected, host
            assert b"evil" not in b"".join(each.body for each in answers)
    # A connection with a known head refuses another Host too.
    mixed = send(found, good + good + good.replace(NO_HOST, b"host: evil.example\r\n") + good)
    assert [each.status for each in mixed] == [200, 200, 421]
    assert [each.status for each in send(found, good)] == [200]


@pytest.mark.parametrize("kind", KINDS)
def test_a_redirect_does_not_lead_where_the_client_says(
    http_services: dict[str, Service], kind: str
) -> None:
    url = f"http://127.0.0.1:{http_services[kind].port}"
    path = "/registry/" if kind == "gatekeeper" else "/model/"
    for found in (path, f"//evil.example{path}", f"/\\evil.example{path}"):
        answer = plain_http.get(f"{url}{found}", headers={"Host": "planted"})
        location = answer.headers.get("location", "/")
        assert "planted" not in location
        assert location.startswith("/")
        assert not location.startswith(("//", "/\\"))
    assert plain_http.get(f"{url}{path}").headers["location"] == path.rstrip("/")


@pytest.mark.parametrize("kind", KINDS)
def test_docs_and_json_have_the_headers_of_pages(
    http_services: dict[str, Service], kind: str
) -> None:
    url = f"http://127.0.0.1:{http_services[kind].port}"
    for path in ("/docs", "/openapi.json", "/livez", "/metrics", "/nothing"):
        answer = plain_http.get(f"{url}{path}")
        assert answer.headers.keys() >= HEADERS, path
        scripts = answer.headers["content-security-policy"].split("script-src")[1].split(";")[0]
        assert "unsafe" not in scripts
        assert ("sha256-" in scripts) == (path == "/docs")


def change(found: Service, **headers: str) -> httpx.Response:
    url = f"http://127.0.0.1:{found.port}/registry/rollback"
    given = {"Authorization": f"Bearer {found.token}", **headers}
    return plain_http.post(url, json={"version": 99}, headers=given, timeout=60)


def test_a_post_that_a_page_of_another_site_sends_is_refused(
    http_services: dict[str, Service],
) -> None:
    found = http_services["gatekeeper"]
    form = f"http://127.0.0.1:{found.port}/page/rollback"
    fields = {"token": found.token, "version": "99"}
    expected = {"cross-site": 403, "same-site": 403, "same-origin": 404, "none": 404}
    for site, status in expected.items():
        site_header = {"Sec-Fetch-Site": site}
        assert change(found, **site_header).status_code == status
        assert plain_http.post(form, data=fields, headers=site_header).status_code == status


def test_wrong_tokens_are_slow_counted_and_logged_while_the_right_one_works(
    http_services: dict[str, Service],
) -> None:
    found = http_services["gatekeeper"]
    before = wrong_tokens(found)

    def guess(number: int) -> int:
        return change(found, Authorization=f"Bearer guess {number}").status_code

    with ThreadPoolExecutor(100) as clients:
        guesses = [clients.submit(guess, number) for number in range(100)]
        assert change(found).status_code == 404, "the right token does not wait behind wrong ones"
        statuses = [each.result() for each in guesses]
    assert set(statuses) <= {403, 429}
    assert wrong_tokens(found) == before + 100
    wait_for(lambda: "has a wrong token" in found.log.read_text(), "the log")
    assert "guess 1" not in found.log.read_text()


def wrong_tokens(found: Service) -> int:
    text = plain_http.get(f"http://127.0.0.1:{found.port}/metrics").text
    name = "modelgate_gatekeeper_wrong_tokens_total "
    return round(float(text.split(f"\n{name}")[1].split()[0]))

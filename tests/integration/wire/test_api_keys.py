"""With a file of API keys, both paths answer only requests with a key that is allowed."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from predictor.http.api_keys import make_key
from shared.store.store import ModelStore
from tests.support.http.metrics_page import MetricsPage
from tests.support.http.predict_requests import ONE_ROW
from tests.support.http.raw_client import Answer, Wire, request, running_wire
from tests.support.processes.wait_until import wait_for

V2_ROW = json.dumps(
    {"inputs": [{"name": "features", "datatype": "FP64", "shape": [1, 2], "data": [1, 2]}]}
).encode()
INFER = "/v2/models/toy/infer"
HEALTH = ("/livez", "/readyz", "/v2/health/live", "/v2/health/ready")
CLOSED = ("/", "/model", "/docs", "/openapi.json", "/v2", "/v2/models/toy", "/v2/models/toy/ready")
"""Paths that always need a key."""


class Keyed(NamedTuple):
    """A predictor with a file of keys: billing is allowed, and old is disabled."""

    wire: Wire
    file: Path
    key: str
    disabled: str

    def ask(self, authorization: str = "", path: str = "/predict", body: bytes = ONE_ROW) -> Answer:
        """Send one request, with the header as it is."""
        (answer,) = self.wire.exchange(request(body, path=path, authorization=authorization))
        return answer

    def get(self, path: str, authorization: str = "") -> Answer:
        (answer,) = self.wire.exchange(request(b"", "GET", path, authorization=authorization))
        return answer

    def metrics(self) -> MetricsPage:
        return MetricsPage(self.get("/metrics", f"Bearer {self.key}").body.decode())


@pytest.fixture(params=[True, False], ids=["fast", "asgi"])
def keyed(
    request: pytest.FixtureRequest, served_store: ModelStore, tmp_path: Path
) -> Iterator[Keyed]:
    key, line = make_key("billing")
    disabled, other = make_key("old")
    file = tmp_path / "keys"
    file.write_text(f"{line}\n{other} disabled\n")
    file.chmod(0o600)
    with running_wire(served_store, is_fast=request.param, api_keys_file=file) as wire:
        yield Keyed(wire, file, key, disabled)


def error_of(answer: Answer) -> str:
    body = json.loads(answer.body)
    return str(body["error"]["code"])


def test_only_a_known_key_gets_a_prediction(keyed: Keyed) -> None:
    for scheme in ("Bearer", "bearer", "BEARER "):
        assert keyed.ask(f"{scheme} {keyed.key}").status == 200
    wrong = ("", keyed.key, f"Basic {keyed.key}", "Bearer", "Bearer x", f"Bearer {keyed.key}x",
             f"Bearer {keyed.key[:-1]}", f"Bearer {keyed.key.swapcase()}", "Bearer é")  # fmt: skip
    for authorization in wrong:
        refused = keyed.ask(authorization)
        assert (refused.status, error_of(refused)) == (401, "unauthorized"), authorization
        assert refused.headers["www-authenticate"] == "Bearer"
    refused = keyed.ask(f"Bearer {keyed.disabled}")
    assert (refused.status, error_of(refused)) == (403, "forbidden")


def test_two_keys_in_one_request_are_refused(keyed: Keyed) -> None:
    plain = request(ONE_ROW, authorization=f"Bearer {keyed.key}")
    twice = plain.replace(b"host:", b"authorization: Bearer x\r\nhost:")
    (refused,) = keyed.wire.exchange(twice)
    assert refused.status == 401


def test_each_request_of_a_connection_needs_the_key(keyed: Keyed) -> None:
    good = request(ONE_ROW, authorization=f"Bearer {keyed.key}")
    bad = request(ONE_ROW)
    answers = keyed.wire.exchange(good, good, bad, good + bad + good, bad)
    assert [answer.status for answer in answers] == [200, 200, 401, 200, 401, 200, 401]


def test_the_inference_protocol_needs_the_key_and_has_its_own_errors(keyed: Keyed) -> None:
    assert keyed.ask(f"Bearer {keyed.key}", INFER, V2_ROW).status == 200
    for key, status in (("", 401), ("x", 401), (keyed.disabled, 403)):
        refused = keyed.ask(f"Bearer {key}" if key else "", INFER, V2_ROW)
        assert refused.status == status
        assert isinstance(json.loads(refused.body)["error"], str)


def test_by_default_only_health_needs_no_key(keyed: Keyed) -> None:
    for path in HEALTH:
        assert keyed.get(path).status == 200
    for path in (*CLOSED, "/metrics", "/nothing", "/livez/", "//livez", "/livez%00"):
        assert keyed.get(path).status == 401, path
        assert keyed.get(path, f"Bearer {keyed.key}").status != 401, path


@pytest.mark.parametrize(
    ("setting", "statuses"),
    [("nothing", (401, 401)), ("health", (200, 401)), ("health-and-metrics", (200, 200))],
)
def test_health_and_metrics_follow_a_setting_of_their_own(
    served_store: ModelStore, tmp_path: Path, setting: str, statuses: tuple[int, int]
) -> None:
    file = tmp_path / "keys"
    file.write_text(make_key("billing")[1])
    file.chmod(0o600)
    with running_wire(served_store, is_fast=True, api_keys_file=file, without_key=setting) as wire:
        for path, status in zip(("/readyz", "/metrics"), statuses, strict=True):
            (answer,) = wire.exchange(request(b"", "GET", path))
            assert answer.status == status, path
        assert wire.exchange(request(ONE_ROW))[0].status == 401


def test_a_browser_reads_the_documents_with_the_key_as_its_password(keyed: Keyed) -> None:
    def basic(key: str, user: str = "me") -> str:
        return "Basic " + base64.b64encode(f"{user}:{key}".encode()).decode()

    pages = (
        *("/", "/docs", "/openapi.json"),
        *("/static-offline-docs/swagger-ui.css", "/page/static/form.css"),
    )
    for path in pages:
        asked = keyed.get(path)
        assert asked.status == 401
        assert asked.headers["www-authenticate"].startswith("Basic realm=")
        assert b"enter the key as the password" in asked.body
        assert keyed.get(path, basic(keyed.key)).status in {200, 307}
        assert keyed.get(path, basic(keyed.disabled)).status == 403
        for wrong in (basic("x"), basic("", keyed.key), "Basic", "Basic =", f"Basic {keyed.key}"):
            assert keyed.get(path, wrong).status == 401, wrong
    for path in ("/model", "/metrics", "/v2", "/docs/", "/nothing"):
        refused = keyed.get(path, basic(keyed.key))
        assert (refused.status, refused.headers["www-authenticate"]) == (401, "Bearer"), path
    assert keyed.ask(basic(keyed.key)).status == 401


def test_the_form_needs_a_key_and_refuses_other_sites(keyed: Keyed) -> None:
    password = "Basic " + base64.b64encode(f"me:{keyed.key}".encode()).decode()
    form = b"features=x&f0=1&f1=2"

    def send(**headers: str) -> Answer:
        (found,) = keyed.wire.exchange(request(form, "POST", "/", **headers))
        return found

    assert send().status == 401
    assert send(authorization=password, origin="http://other").status == 403
    assert send(authorization=password).status == 409, "the form is of another model"


def test_requests_are_counted_by_the_name_of_their_key(keyed: Keyed) -> None:
    good = f"Bearer {keyed.key}"
    for _ in range(3):
        keyed.ask(good)
    keyed.ask(good, INFER, V2_ROW)
    keyed.ask("Bearer x")
    keyed.ask(f"Bearer {keyed.disabled}")
    page = keyed.metrics()
    name = "modelgate_predictor_client_requests_total"
    assert page.all(name) == {("",): 2, ("billing",): 5}  # one is the request for the page
    requests = "modelgate_predictor_requests_total"
    assert page(requests, endpoint="/predict", status="200") == 3
    assert page(requests, endpoint="/predict", status="401") == 1
    assert page(requests, endpoint="/predict", status="403") == 1


def test_a_request_of_many_rows_counts_once_behind_a_known_head(keyed: Keyed) -> None:
    many = b'{"instances":[' + b",".join([b"[1,2]"] * 300) + b"]}"
    plain = request(many, authorization=f"Bearer {keyed.key}")
    connection = keyed.wire.connect()
    for _ in range(3):
        connection.send(plain)
    wait_for(lambda: len(connection.whole_answers) == 3, "three answers")
    assert {answer.status for answer in connection.answers} == {200}
    page = keyed.metrics()
    assert page.all("modelgate_predictor_client_requests_total")["billing",] == 4  # with the page


def test_any_number_of_names_makes_a_limited_number_of_series(keyed: Keyed) -> None:
    made = [make_key(f"client-{number}") for number in range(60)]
    keyed.file.write_text("\n".join(line for _, line in made))
    last = f"Bearer {made[-1][0]}"
    wait_for(lambda: keyed.ask(last).status == 200, "the new keys")
    for key, _ in made:
        assert keyed.ask(f"Bearer {key}").status == 200
    (page,) = keyed.wire.exchange(request(b"", "GET", "/metrics", authorization=last))
    samples = MetricsPage(page.body.decode()).all("modelgate_predictor_client_requests_total")
    assert len(samples) == 52  # refused, 50 names, and the others
    assert samples["(others)",] >= 10


def test_a_disabled_or_removed_key_is_refused_soon_and_a_bad_file_changes_nothing(
    keyed: Keyed,
) -> None:
    good = f"Bearer {keyed.key}"
    connection = keyed.wire.connect()
    plain = request(ONE_ROW, authorization=good)
    connection.send(plain, plain)
    before = keyed.file.read_text()

    keyed.file.write_text("rubbish")

    def reported() -> bool:
        status = json.loads(keyed.get("/model", good).body)
        return "Line 1 of the file of API keys" in (status["last_error"] or "")

    wait_for(reported, "the problem to be reported")
    connection.send(plain)
    lines = before.splitlines()
    keyed.file.write_text(f"{lines[0]} disabled\n{lines[1].removesuffix(' disabled')}\n")
    wait_for(lambda: keyed.ask(f"Bearer {keyed.disabled}").status == 200, "the new keys")
    connection.send(plain)
    assert [answer.status for answer in connection.answers] == [200, 200, 200, 403]
    connection.vanish()


def test_the_document_names_the_key(keyed: Keyed) -> None:
    document = json.loads(keyed.get("/openapi.json", f"Bearer {keyed.key}").body)
    (scheme,) = document["components"]["securitySchemes"].items()
    assert (scheme[1]["type"], scheme[1]["scheme"]) == ("http", "bearer")
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert ("security" in operation) == (path not in HEALTH), path
            assert {"401", "403"} <= operation["responses"].keys() or path in HEALTH

"""The fast path and the application give equal replies to any input, however it is cut."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store.store import open_for_writing
from tests.support.http.predict_requests import BAD_REQUESTS, ONE_ROW
from tests.support.http.raw_client import Answer, Wire, chunked, request, running_wire
from tests.support.models.mixed import FEATURES, mixed_model
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import promote

SHORT = [case.body for case in BAD_REQUESTS.values() if len(case.body) < 1000]
numbers = (
    st.floats(allow_nan=False, width=64).map(repr)
    | st.integers().map(str)
    | st.sampled_from(["NaN", "-Infinity", "1e999", "3.4028235e38", "3.4028236e38", "-0", "true"])
    | st.sampled_from(["null", '"1"', "[]", "{}", "01", "1.", ".5", "+1"])
)
rows = st.lists(numbers, max_size=4).map(lambda row: f"[{','.join(row)}]") | st.lists(
    st.tuples(st.sampled_from(["width", "height", "depth", 'w"', "é"]), numbers), max_size=3
).map(lambda pairs: "{" + ",".join(f'"{name}":{number}' for name, number in pairs) + "}")
contents = (
    st.binary(max_size=40)
    | st.text(max_size=40).map(str.encode)
    | rows.map(lambda row: f'{{"features":{row}}}'.encode())
    | rows.map(lambda row: f'{{ "features" : {row} , "x":1}}'.encode())
    | st.lists(rows, max_size=4).map(lambda many: f'{{"instances":[{",".join(many)}]}}'.encode())
    | st.sampled_from([ONE_ROW, *SHORT])
)
requests = (
    contents.map(request)
    | contents.map(lambda body: request(body, connection="keep-alive"))
    | contents.map(lambda body: request(body, content_type="application/json", accept="*/*"))
    | contents.map(lambda body: request(body, expect="100-continue"))
    | contents.map(lambda body: request(body, content_encoding="gzip"))
    | contents.map(lambda body: request(body, path="/predict?a=b"))
    | contents.map(lambda body: request(body, path="/%70redict"))
    | contents.map(
        lambda body: request(
            chunked(body) if body else b"0\r\n\r\n", content_length="", transfer_encoding="chunked"
        )
    )
    | st.sampled_from(
        [
            request(b"", "GET", "/livez"),
            request(b"", "GET", "/predict"),
            b"\r\n\r\n" + request(ONE_ROW),
            request(ONE_ROW, method="PUT"),
        ]
    )
)
endings = st.sampled_from([b""]) | st.one_of(
    contents.map(lambda body: request(body, connection="close")),
    contents.map(lambda body: request(body, version="1.0")),
    st.binary(max_size=60),
    st.just(request(ONE_ROW)[:-1]),
)


@pytest.fixture(scope="module")
def wires(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Wire, Wire]]:
    with serving(tmp_path_factory.mktemp("alike") / "store", toy_model()) as both:
        yield both


@pytest.fixture(scope="module")
def mixed_wires(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Wire, Wire]]:
    with serving(tmp_path_factory.mktemp("mixed") / "store", mixed_model()) as both:
        yield both


@contextmanager
def serving(directory: Path, model: ToyModel) -> Iterator[tuple[Wire, Wire]]:
    store = open_for_writing(directory, CANDIDATES, MODELS, DECISIONS, SERVING)
    promote(store, model)
    with running_wire(store, is_fast=True) as fast, running_wire(store, is_fast=False) as asgi:
        yield fast, asgi


def alike(wires: tuple[Wire, Wire], pieces: list[bytes]) -> list[Answer]:
    """Return the replies; check that both entrances give them and end the connection alike."""
    found = []
    for wire in wires:
        connection = wire.connect()
        connection.send(*pieces)
        found.append((connection.answers, connection.transport.has_ended()))
        connection.vanish()
    assert found[0] == found[1]
    return found[0][0]


@settings(max_examples=300)
@given(body=contents)
def test_both_entrances_give_every_body_the_same_reply_and_no_server_error(
    wires: tuple[Wire, Wire], body: bytes
) -> None:
    (answer,) = alike(wires, [request(body)])
    assert answer.status in {200, 422}


@settings(max_examples=300)
@given(
    sent=st.lists(requests, max_size=5),
    ending=endings,
    cuts=st.lists(st.integers(0, 2000), max_size=8),
)
def test_both_entrances_give_every_stream_the_same_replies_and_no_server_error(
    wires: tuple[Wire, Wire], sent: list[bytes], ending: bytes, cuts: list[int]
) -> None:
    stream = b"".join(sent) + ending
    edges = [0, *sorted({cut for cut in cuts if cut < len(stream)}), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(edges)]
    answers = alike(wires, [piece for piece in pieces if piece])
    assert all(answer.status < 500 for answer in answers)
    assert len(answers) >= len(sent)


values = st.sampled_from([22, -1e30, 1e39, None, True, "red", "Oslo", "unheard of", "", 7])
right_values = st.tuples(
    st.integers(18, 90),
    st.none() | st.floats(0, 500),
    st.booleans(),
    st.sampled_from(["red", "blue", "unheard of"]),
    st.sampled_from(["Oslo", "", None, "unheard of"]),
).map(list)
mixed_rows = right_values | st.lists(values, min_size=5, max_size=5)
named_rows = mixed_rows.flatmap(
    lambda row: st.sets(st.sampled_from(FEATURES), max_size=1).map(
        lambda left_out: {
            feature.name: value
            for feature, value in zip(FEATURES, row, strict=True)
            if feature not in left_out
        }
    )
)


@settings(max_examples=200)
@given(rows=st.lists(mixed_rows | named_rows, min_size=1, max_size=6))
def test_rows_get_the_same_reply_in_a_batch_and_by_themselves(
    mixed_wires: tuple[Wire, Wire], rows: list[object]
) -> None:
    asked = [request(json.dumps({"features": row}).encode()) for row in rows]
    together = alike(mixed_wires, [b"".join(asked)])
    alone = [answer for one in asked for answer in alike(mixed_wires, [one])]
    assert together == alone
    assert {answer.status for answer in together} <= {200, 422}

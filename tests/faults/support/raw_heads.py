"""Requests with ambiguous, malformed or oversized heads."""

from shared.http.timeouts_and_sizes import HEAD_BYTES
from tests.faults.support.raw_cases import ENDLESS, RawCase, Route
from tests.support.http.raw_client import chunked


def heads(route: Route) -> dict[str, RawCase]:
    """Return requests with heads that servers interpret differently."""
    length = b"content-length: %d" % len(route.body)
    whole = route.head(length)

    def line(text: bytes) -> bytes:
        return route.head(length, text) + route.body

    wrong = {
        "a NUL in a value": line(b"x: a\x00b"),
        "a NUL in a name": line(b"x\x00y: a"),
        "a bare carriage return in a value": line(b"x: a\rb: c"),
        "a space before the colon": line(b"x : a"),
        "a tab before the colon": line(b"x\t: a"),
        "a space before the colon of the length": route.head(b"content-length : 3") + route.body,
        "a space in a name": line(b"x y: a"),
        "a name that is none": line(b": a"),
        "no colon": line(b"nothing"),
        "an umlaut in a name": line("ä: a".encode()),
        "a folded line": line(b"x: a\r\n b"),
        "a folded line first": whole.replace(b"\r\nhost", b"\r\n host") + route.body,
        "bare line feeds": whole.replace(b"\r\n", b"\n") + route.body,
        "a bare line feed at the end": whole[:-2] + b"\n" + route.body,
        "a control character in the target": whole.replace(b" HTTP", b"?\x01 HTTP") + route.body,
        "a NUL in the target": whole.replace(b" HTTP", b"?\x00 HTTP") + route.body,
        "a space at the start": b" " + whole + route.body,
        "no target": whole.replace(route.path.encode() + b" ", b"") + route.body,
        "a method in small letters": whole.replace(b"POST", b"post") + route.body,
        "a method that nobody knows": whole.replace(b"POST", b"BREW") + route.body,
        "HTTP/0.9": b"GET /livez\r\n\r\n",
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "HTTP/1.2": route.head(length, version=b"HTTP/1.2") + route.body,
        "HTTP/11": route.head(length, version=b"HTTP/11") + route.body,
        "http in small letters": route.head(length, version=b"http/1.1") + route.body,
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300),
        "another protocol": b"\x00\x00\x00\x08\x04\xd2\x16\x2f",
        "a tunnel": b"CONNECT test:80 HTTP/1.1\r\nhost: test\r\n\r\n",
        "cut within": whole[:30],
        "cut before its end": whole[:-2],
    }
    found = {f"head: {name}": RawCase(sent, (400,)) for name, sent in wrong.items()}
    good = (route.status,)
    return found | {
        "head: nothing at all": RawCase(b"", ()),
        "head: line ends alone": RawCase(b"\r\n" * 100, ()),
        "head: line ends before it": RawCase(b"\r\n\r\n" + whole + route.body, good),
        "head: too long a value": RawCase(line(b"x: " + b"y" * HEAD_BYTES), (431,)),
        "head: too long a target": RawCase(
            b"GET /livez?" + b"x" * HEAD_BYTES + b" HTTP/1.1\r\nhost: test\r\n\r\n", (431,)
        ),
        "head: too many lines": RawCase(line(b"\r\n".join([b"x: y"] * HEAD_BYTES)), (431,)),
        "head: without end": RawCase(route.head(length)[:-2] + b"x: y" * ENDLESS, (431,)),
        "head: two spaces behind the method": RawCase(
            whole.replace(b"POST ", b"POST  ") + route.body, good
        ),
        "head: HTTP/1.0": RawCase(route.head(length, version=b"HTTP/1.0") + route.body, good),
        "head: HTTP/1.0 in chunks": RawCase(
            route.head(b"transfer-encoding: chunked", version=b"HTTP/1.0") + chunked(route.body),
            good,
        ),
        "head: an expectation": RawCase(
            route.head(length, b"expect: 100-continue") + route.body, good
        ),
        "head: an expectation of chunks without end": RawCase(
            route.head(b"transfer-encoding: chunked", b"expect: 100-continue")
            + chunked(b" " * 4096)[:-5] * (route.cap // 4096 + 2),
            (413,),
            is_left_open=True,
        ),
        "head: an expectation that nobody knows": RawCase(
            route.head(length, b"expect: more") + route.body, good
        ),
        "head: an upgrade to a web socket": RawCase(
            route.head(length, b"connection: upgrade", b"upgrade: websocket") + route.body, good
        ),
        "head: a value in Latin-1": RawCase(line(b"x: \xe4\xff"), good),
        "head: a target with all of its origin": RawCase(
            whole.replace(route.path.encode(), b"http://test" + route.path.encode()) + route.body,
            good,
        ),
        "head: a target that climbs": RawCase(
            b"GET /../../../etc/passwd HTTP/1.1\r\nhost: test\r\n\r\n", (404,)
        ),
        "head: a target that climbs in disguise": RawCase(
            b"GET /static-offline-docs/..%2f..%2f..%2fetc/passwd HTTP/1.1\r\nhost: test\r\n\r\n",
            (404,),
        ),
        "head: a target with an escaped NUL": RawCase(
            b"GET /static-offline-docs/a%00b HTTP/1.1\r\nhost: test\r\n\r\n", (404,)
        ),
        "head: a target of bytes that are no text": RawCase(
            b"GET /%ff%fe HTTP/1.1\r\nhost: test\r\n\r\n", (404,)
        ),
        "head: a request in the body of another": RawCase(
            route.with_length(b"GET /livez HTTP/1.1\r\nhost: other\r\n\r\n"), (422,)
        ),
        "head: rubbish behind a request": RawCase(
            whole + route.body + b"\x00\x01\x02", (route.status, 400)
        ),
        "head: a hundred requests at once": RawCase((whole + route.body) * 100, good * 100),
    }

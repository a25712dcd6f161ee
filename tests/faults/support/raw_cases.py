"""Requests that no client library sends, as bytes, and with what each is answered.

Every case is a stream on a connection of its own.
"""

from dataclasses import dataclass
from typing import NamedTuple

from shared.http.limits import HEAD_BYTES
from tests.support.http.raw_client import chunked

_ENDLESS = 64 * HEAD_BYTES
"""More than is read at once: limits of what the parser keeps are looked at after each reading."""


class RawCase(NamedTuple):
    """One stream."""

    sent: bytes
    statuses: tuple[int, ...]
    """Of the answers, in order; none is a connection that is closed without one."""
    is_left_open: bool = False
    """The client does not close its side: it has more to send."""


@dataclass(frozen=True)
class Asked:
    """A route that reads a body."""

    path: str
    body: bytes
    """One that it takes."""
    status: int
    """With what it answers that body."""
    value: bytes
    """A body with a place for a number."""
    cap: int
    """The most bytes of a body."""
    header: bytes = b""
    """What every request must have."""

    def head(self, *lines: bytes, version: bytes = b"HTTP/1.1") -> bytes:
        """A request's head."""
        first = b"POST %b %b" % (self.path.encode(), version)
        return b"\r\n".join([first, b"host: test", *filter(None, [self.header]), *lines, b"", b""])

    def with_length(self, body: bytes) -> bytes:
        """A whole request."""
        return self.head(b"content-length: %d" % len(body)) + body

    def in_chunks(self, stream: bytes) -> bytes:
        """A request whose body is *stream*, which should be chunks."""
        return self.head(b"transfer-encoding: chunked") + stream


def lengths(to: Asked) -> dict[str, RawCase]:
    """Content-Length that lies, or is none."""
    exact = b"content-length: %d" % len(to.body)
    wrong = {
        "negative": b"-1",
        "with a plus": b"+20",
        "hexadecimal": b"0x14",
        "empty": b"",
        "a word": b"twenty",
        "beyond 64 bits": b"18446744073709551617",
        "a list": b"20, 20",
        "with a space in it": b"2 0",
    }
    found = {
        f"length: {name}": RawCase(to.head(b"content-length: " + value) + to.body, (400,))
        for name, value in wrong.items()
    }
    return found | {
        "length: too small": RawCase(to.head(b"content-length: 5") + to.body, (422, 400)),
        "length: too large": RawCase(to.head(b"content-length: 10000") + to.body, (400,)),
        "length: beyond the cap": RawCase(to.with_length(b" " * to.cap + to.body), (413,)),
        "length: beyond the cap, and nothing sent": RawCase(
            to.head(b"content-length: %d" % (to.cap + 1)), (413,), is_left_open=True
        ),
        "length: twice, unlike": RawCase(to.head(exact, b"content-length: 3") + to.body, (400,)),
        "length: twice, alike": RawCase(to.head(exact, exact) + to.body, (400,)),
        "length: with chunks": RawCase(
            to.head(exact, b"transfer-encoding: chunked") + chunked(to.body), (400,)
        ),
        "length: behind chunks": RawCase(
            to.head(b"transfer-encoding: chunked", exact) + chunked(to.body), (400,)
        ),
        "length: none, and a body": RawCase(to.head() + to.body, (422, 400)),
    }


def chunks(to: Asked) -> dict[str, RawCase]:
    """Chunks that lie, never end, or are none."""
    size = b"%x" % len(to.body)
    endless = chunked(b" " * 4096)[:-5] * (to.cap // 4096 + 2)
    wrong = {
        "no number": b"zz\r\n" + to.body,
        "negative": b"-1\r\n" + to.body,
        "with a prefix": b"0x" + size + b"\r\n" + to.body + b"\r\n0\r\n\r\n",
        "beyond 64 bits": b"f" * 17 + b"\r\n" + to.body,
        "too small": b"3\r\n" + to.body + b"\r\n0\r\n\r\n",
        "too large": b"ffff\r\n" + to.body + b"\r\n0\r\n\r\n",
        "without an end of line": size + b"\r\n" + to.body + b"0\r\n\r\n",
        "ended by a bare line feed": size + b"\n" + to.body + b"\n0\n\n",
        "without a last one": size + b"\r\n" + to.body + b"\r\n",
        "cut in the size": size[:1],
        "with a line feed in an extension": size + b";a\nb\r\n" + to.body + b"\r\n0\r\n\r\n",
    }
    found = {
        f"chunk: {name}": RawCase(to.in_chunks(stream), (400,)) for name, stream in wrong.items()
    }
    last = b"\r\n0\r\n\r\n"
    return found | {
        "chunk: without end": RawCase(to.in_chunks(endless), (413,), is_left_open=True),
        "chunk: without end, of one byte": RawCase(
            to.in_chunks(b"1\r\n \r\n" * (to.cap + 1)), (413,), is_left_open=True
        ),
        "chunk: an endless extension": RawCase(to.in_chunks(size + b";" + b"x" * _ENDLESS), (431,)),
        "chunk: endless trailers": RawCase(
            to.in_chunks(chunked(to.body)[:-2] + b"x: y\r\n" * _ENDLESS), (431,)
        ),
        "chunk: leading zeros": RawCase(
            to.in_chunks(b"0000" + size + b"\r\n" + to.body + last), (to.status,)
        ),
        "chunk: a trailer that would be a length": RawCase(
            to.in_chunks(chunked(to.body, trailer=b"content-length: 3\r\n")), (400,)
        ),
        "chunk: another coding before": RawCase(
            to.head(b"transfer-encoding: gzip, chunked") + chunked(to.body), (to.status,)
        ),
        "chunk: another coding behind": RawCase(
            to.head(b"transfer-encoding: chunked, gzip") + chunked(to.body), (400,)
        ),
        "chunk: a coding that only looks so": RawCase(
            to.head(b"transfer-encoding: xchunked") + chunked(to.body), (400,)
        ),
        "chunk: with a tab before the word": RawCase(
            to.head(b"transfer-encoding:\tchunked") + chunked(to.body), (to.status,)
        ),
        "chunk: with a vertical tab before the word": RawCase(
            to.head(b"transfer-encoding: \x0bchunked") + chunked(to.body), (400,)
        ),
        "chunk: asked for twice": RawCase(
            to.head(b"transfer-encoding: chunked", b"transfer-encoding: chunked")
            + chunked(to.body),
            (400,),
        ),
    }


def heads(to: Asked) -> dict[str, RawCase]:
    """Heads that one server reads in one way and another in another."""
    length = b"content-length: %d" % len(to.body)
    whole = to.head(length)

    def line(text: bytes) -> bytes:
        return to.head(length, text) + to.body

    wrong = {
        "a NUL in a value": line(b"x: a\x00b"),
        "a NUL in a name": line(b"x\x00y: a"),
        "a bare carriage return in a value": line(b"x: a\rb: c"),
        "a space before the colon": line(b"x : a"),
        "a tab before the colon": line(b"x\t: a"),
        "a space before the colon of the length": to.head(b"content-length : 3") + to.body,
        "a space in a name": line(b"x y: a"),
        "a name that is none": line(b": a"),
        "no colon": line(b"nothing"),
        "an umlaut in a name": line("ä: a".encode()),
        "a folded line": line(b"x: a\r\n b"),
        "a folded line first": whole.replace(b"\r\nhost", b"\r\n host") + to.body,
        "bare line feeds": whole.replace(b"\r\n", b"\n") + to.body,
        "a bare line feed at the end": whole[:-2] + b"\n" + to.body,
        "a control character in the target": whole.replace(b" HTTP", b"?\x01 HTTP") + to.body,
        "a NUL in the target": whole.replace(b" HTTP", b"?\x00 HTTP") + to.body,
        "a space at the start": b" " + whole + to.body,
        "no target": whole.replace(to.path.encode() + b" ", b"") + to.body,
        "a method in small letters": whole.replace(b"POST", b"post") + to.body,
        "a method that nobody knows": whole.replace(b"POST", b"BREW") + to.body,
        "HTTP/0.9": b"GET /livez\r\n\r\n",
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "HTTP/1.2": to.head(length, version=b"HTTP/1.2") + to.body,
        "HTTP/11": to.head(length, version=b"HTTP/11") + to.body,
        "http in small letters": to.head(length, version=b"http/1.1") + to.body,
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(300),
        "another protocol": b"\x00\x00\x00\x08\x04\xd2\x16\x2f",
        "a tunnel": b"CONNECT test:80 HTTP/1.1\r\nhost: test\r\n\r\n",
        "cut within": whole[:30],
        "cut before its end": whole[:-2],
    }
    found = {f"head: {name}": RawCase(sent, (400,)) for name, sent in wrong.items()}
    good = (to.status,)
    return found | {
        "head: nothing at all": RawCase(b"", ()),
        "head: line ends alone": RawCase(b"\r\n" * 100, ()),
        "head: line ends before it": RawCase(b"\r\n\r\n" + whole + to.body, good),
        "head: too long a value": RawCase(line(b"x: " + b"y" * HEAD_BYTES), (431,)),
        "head: too long a target": RawCase(
            b"GET /livez?" + b"x" * HEAD_BYTES + b" HTTP/1.1\r\nhost: test\r\n\r\n", (431,)
        ),
        "head: too many lines": RawCase(line(b"\r\n".join([b"x: y"] * HEAD_BYTES)), (431,)),
        "head: without end": RawCase(to.head(length)[:-2] + b"x: y" * _ENDLESS, (431,)),
        "head: two spaces behind the method": RawCase(
            whole.replace(b"POST ", b"POST  ") + to.body, good
        ),
        "head: HTTP/1.0": RawCase(to.head(length, version=b"HTTP/1.0") + to.body, good),
        "head: HTTP/1.0 in chunks": RawCase(
            to.head(b"transfer-encoding: chunked", version=b"HTTP/1.0") + chunked(to.body), good
        ),
        "head: an expectation": RawCase(to.head(length, b"expect: 100-continue") + to.body, good),
        "head: an expectation of chunks without end": RawCase(
            to.head(b"transfer-encoding: chunked", b"expect: 100-continue")
            + chunked(b" " * 4096)[:-5] * (to.cap // 4096 + 2),
            (413,),
            is_left_open=True,
        ),
        "head: an expectation that nobody knows": RawCase(
            to.head(length, b"expect: more") + to.body, good
        ),
        "head: an upgrade to a web socket": RawCase(
            to.head(length, b"connection: upgrade", b"upgrade: websocket") + to.body, good
        ),
        "head: a value in Latin-1": RawCase(line(b"x: \xe4\xff"), good),
        "head: a target with all of its origin": RawCase(
            whole.replace(to.path.encode(), b"http://test" + to.path.encode()) + to.body, good
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
            to.with_length(b"GET /livez HTTP/1.1\r\nhost: other\r\n\r\n"), (422,)
        ),
        "head: rubbish behind a request": RawCase(
            whole + to.body + b"\x00\x01\x02", (to.status, 400)
        ),
        "head: a hundred requests at once": RawCase((whole + to.body) * 100, good * 100),
    }


def values(to: Asked) -> dict[str, RawCase]:
    """Bodies that are no JSON, or more than JSON should be."""
    key = to.body.split(b":", maxsplit=1)[0]
    bodies = {
        "nothing": b"",
        "NaN": to.value % b"NaN",
        "infinity": to.value % b"-Infinity",
        "1e999": to.value % b"1e999",
        "an integer without end": to.value % (b"9" * 5000),
        "deep nesting": to.value % (b"[" * 8000),
        "deep nesting that ends": to.value % (b"[" * 8000 + b"]" * 8000),
        "a key twice": to.body[:-1] + b", " + to.body[1:],
        "bad UTF-8": to.value % b'"\xff"',
        "a lone surrogate": to.value % b'"\\ud800"',
        "a lone surrogate as a key": b'{"\\ud800": 1}',
        "a NUL": to.value % b"\x00",
        "a NUL as a key": b'{"\\u0000": 1}',
        "UTF-16": to.body.decode().encode("utf-16"),
        "a byte order mark": b"\xef\xbb\xbf" + to.body,
        "text behind the end": to.body + b"x",
        "another document behind the end": to.body + to.body,
        "cut": to.body[:-1],
        "a key alone": key,
        "a comment": to.body[:-1] + b"/**/}",
        "a form": b"version=1",
    }
    return {f"body: {name}": RawCase(to.with_length(body), (422,)) for name, body in bodies.items()}


def forms(to: Asked) -> dict[str, RawCase]:
    """Bodies of a form that are none, and tokens that are not the one."""
    bodies = {
        "nothing": (b"", 403),
        "no pairs": (b"token", 422),
        "a wrong escape": (b"token=%ZZ", 403),
        "bytes that are no text": (b"token=%ff%fe", 422),
        "bytes that are not ASCII": (b"token=\xff", 422),
        "a token twice": (b"token=a&token=b", 403),
        "too many fields": (b"&".join([b"a=b"] * 9), 422),
        "a token with a NUL": (b"token=%00", 403),
        "a token in another script": (b"token=%e2%82%ac", 403),
        "JSON": (b'{"version": 1}', 422),
        "the most there may be": (b"token=" + b"x" * (to.cap - 6), 403),
        "more": (b"token=" + b"x" * (to.cap - 5), 413),
    }
    return {
        f"form: {name}": RawCase(to.with_length(body), (status,))
        for name, (body, status) in bodies.items()
    }


def framing(to: Asked) -> dict[str, RawCase]:
    """All that is the same for every route."""
    return lengths(to) | chunks(to) | heads(to)

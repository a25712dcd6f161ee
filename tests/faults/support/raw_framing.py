"""Requests with wrong lengths and chunks."""

from tests.faults.support.raw_cases import ENDLESS, RawCase, Route
from tests.support.http.raw_client import chunked


def lengths(route: Route) -> dict[str, RawCase]:
    """Return requests with a wrong or malformed Content-Length."""
    exact = b"content-length: %d" % len(route.body)
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
        f"length: {name}": RawCase(route.head(b"content-length: " + value) + route.body, (400,))
        for name, value in wrong.items()
    }
    return found | {
        "length: too small": RawCase(route.head(b"content-length: 5") + route.body, (422, 400)),
        "length: too large": RawCase(route.head(b"content-length: 10000") + route.body, (400,)),
        "length: beyond the cap": RawCase(route.with_length(b" " * route.cap + route.body), (413,)),
        "length: beyond the cap, and nothing sent": RawCase(
            route.head(b"content-length: %d" % (route.cap + 1)), (413,), is_left_open=True
        ),
        "length: twice, unlike": RawCase(
            route.head(exact, b"content-length: 3") + route.body, (400,)
        ),
        "length: twice, alike": RawCase(route.head(exact, exact) + route.body, (400,)),
        "length: with chunks": RawCase(
            route.head(exact, b"transfer-encoding: chunked") + chunked(route.body), (400,)
        ),
        "length: behind chunks": RawCase(
            route.head(b"transfer-encoding: chunked", exact) + chunked(route.body), (400,)
        ),
        "length: none, and a body": RawCase(route.head() + route.body, (422, 400)),
    }


def chunks(route: Route) -> dict[str, RawCase]:
    """Return requests with wrong, endless or malformed chunks."""
    size = b"%x" % len(route.body)
    endless = chunked(b" " * 4096)[:-5] * (route.cap // 4096 + 2)
    wrong = {
        "no number": b"zz\r\n" + route.body,
        "negative": b"-1\r\n" + route.body,
        "with a prefix": b"0x" + size + b"\r\n" + route.body + b"\r\n0\r\n\r\n",
        "beyond 64 bits": b"f" * 17 + b"\r\n" + route.body,
        "too small": b"3\r\n" + route.body + b"\r\n0\r\n\r\n",
        "too large": b"ffff\r\n" + route.body + b"\r\n0\r\n\r\n",
        "without an end of line": size + b"\r\n" + route.body + b"0\r\n\r\n",
        "ended by a bare line feed": size + b"\n" + route.body + b"\n0\n\n",
        "without a last one": size + b"\r\n" + route.body + b"\r\n",
        "cut in the size": size[:1],
        "with a line feed in an extension": size + b";a\nb\r\n" + route.body + b"\r\n0\r\n\r\n",
    }
    found = {
        f"chunk: {name}": RawCase(route.in_chunks(stream), (400,)) for name, stream in wrong.items()
    }
    last = b"\r\n0\r\n\r\n"
    return found | {
        "chunk: without end": RawCase(route.in_chunks(endless), (413,), is_left_open=True),
        "chunk: without end, of one byte": RawCase(
            route.in_chunks(b"1\r\n \r\n" * (route.cap + 1)), (413,), is_left_open=True
        ),
        "chunk: an endless extension": RawCase(
            route.in_chunks(size + b";" + b"x" * ENDLESS), (431,)
        ),
        "chunk: endless trailers": RawCase(
            route.in_chunks(chunked(route.body)[:-2] + b"x: y\r\n" * ENDLESS), (431,)
        ),
        "chunk: leading zeros": RawCase(
            route.in_chunks(b"0000" + size + b"\r\n" + route.body + last), (route.status,)
        ),
        "chunk: a trailer that would be a length": RawCase(
            route.in_chunks(chunked(route.body, trailer=b"content-length: 3\r\n")), (400,)
        ),
        "chunk: another coding before": RawCase(
            route.head(b"transfer-encoding: gzip, chunked") + chunked(route.body), (route.status,)
        ),
        "chunk: another coding behind": RawCase(
            route.head(b"transfer-encoding: chunked, gzip") + chunked(route.body), (400,)
        ),
        "chunk: a coding that only looks so": RawCase(
            route.head(b"transfer-encoding: xchunked") + chunked(route.body), (400,)
        ),
        "chunk: with a tab before the word": RawCase(
            route.head(b"transfer-encoding:\tchunked") + chunked(route.body), (route.status,)
        ),
        "chunk: with a vertical tab before the word": RawCase(
            route.head(b"transfer-encoding: \x0bchunked") + chunked(route.body), (400,)
        ),
        "chunk: asked for twice": RawCase(
            route.head(b"transfer-encoding: chunked", b"transfer-encoding: chunked")
            + chunked(route.body),
            (400,),
        ),
    }

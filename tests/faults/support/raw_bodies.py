"""Requests with wrong bodies."""

from tests.faults.support.raw_cases import RawCase, Route


def values(route: Route) -> dict[str, RawCase]:
    """Return requests with invalid JSON."""
    key = route.body.split(b":", maxsplit=1)[0]
    bodies = {
        "nothing": b"",
        "NaN": route.value % b"NaN",
        "infinity": route.value % b"-Infinity",
        "1e999": route.value % b"1e999",
        "an integer without end": route.value % (b"9" * 5000),
        "deep nesting": route.value % (b"[" * 8000),
        "deep nesting that ends": route.value % (b"[" * 8000 + b"]" * 8000),
        "a key twice": route.body[:-1] + b", " + route.body[1:],
        "bad UTF-8": route.value % b'"\xff"',
        "a lone surrogate": route.value % b'"\\ud800"',
        "a lone surrogate as a key": b'{"\\ud800": 1}',
        "a NUL": route.value % b"\x00",
        "a NUL as a key": b'{"\\u0000": 1}',
        "UTF-16": route.body.decode().encode("utf-16"),
        "a byte order mark": b"\xef\xbb\xbf" + route.body,
        "text behind the end": route.body + b"x",
        "another document behind the end": route.body + route.body,
        "cut": route.body[:-1],
        "a key alone": key,
        "a comment": route.body[:-1] + b"/**/}",
        "a form": b"version=1",
    }
    return {
        f"body: {name}": RawCase(route.with_length(body), (422,)) for name, body in bodies.items()
    }


def forms(route: Route) -> dict[str, RawCase]:
    """Return requests with malformed forms and wrong tokens."""
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
        "the most there may be": (b"token=" + b"x" * (route.cap - 6), 403),
        "more": (b"token=" + b"x" * (route.cap - 5), 413),
    }
    return {
        f"form: {name}": RawCase(route.with_length(body), (status,))
        for name, (body, status) in bodies.items()
    }

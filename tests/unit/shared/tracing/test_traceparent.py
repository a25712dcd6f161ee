"""Only a valid traceparent is followed; what is returned has a fixed form."""

import pytest

from shared.tracing.traceparent import find_traceparent

VALID = b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (VALID, VALID),
        (VALID[:-2] + b"00", VALID[:-2] + b"00"),
        # A later version may be longer. Only the known part is used.
        (b"cc" + VALID[2:], b"cc" + VALID[2:]),
        (b"cc" + VALID[2:] + b"-more", b"cc" + VALID[2:]),
        (b"cc" + VALID[2:] + b"more", None),
        (b"ff" + VALID[2:], None),
        (VALID + b"-more", None),
        (VALID + b" ", None),
        (VALID[:-1], None),
        (VALID.upper(), None),
        (VALID.replace(b"4bf92f3577b34da6a3ce929d0e0e4736", b"0" * 32), None),
        (VALID.replace(b"00f067aa0ba902b7", b"0" * 16), None),
        (VALID.replace(b"-", b"_"), None),
        (VALID[:-2] + b"\r\n", None),
        (VALID[:-2] + b"\xb2\xb2", None),
        (b"", None),
    ],
)
def test_only_the_form_of_the_specification_is_valid(value: bytes, found: bytes | None) -> None:
    assert find_traceparent([(b"accept", b"*/*"), (b"TraceParent", value)]) == found


def test_none_of_several_is_followed() -> None:
    assert find_traceparent([(b"traceparent", VALID), (b"traceparent", VALID)]) is None
    assert find_traceparent([]) is None

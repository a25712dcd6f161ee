"""The life of a child process: load libraries, read one request, write one response, exit."""

import os
import sys
import time
from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar

from gatekeeper.evidence.child_messages import (
    BEGUN,
    LimitedRequest,
    encode_message,
    encode_progress,
)
from gatekeeper.sandbox.resource_limits import exit_with_parent, limit_resources

_Request = TypeVar("_Request", bound=LimitedRequest)
Observer = Callable[[int, int], object]
"""A function that gets the amount that is done, such as predicted rows, and the whole."""
_PROGRESS_SECONDS = 1.0
"""Fewest seconds between two lines about the progress."""


def observe_nothing(_done: int, _total: int) -> None:
    """Be the observer of nobody."""


def serve_one_request(
    kind: type[_Request], respond: Callable[[_Request, Observer], Any], parent: int
) -> None:
    """Read one request of *kind* from standard input, and write the response as one line.

    Lines about the progress precede it: *respond* gets a function for them.
    Exit also if standard input ends without a request. *parent* is the parent's process id.
    """
    channel = own_standard_output()
    exit_with_parent(parent)
    line = sys.stdin.buffer.readline()
    if not line:  # the gatekeeper does not need this process
        os._exit(0)
    request = kind.model_validate_json(line)
    limit_resources(request.seconds, request.memory_mib)
    channel.write(BEGUN)
    channel.flush()
    channel.write(encode_message(respond(request, _make_observer(channel))))
    channel.flush()
    os._exit(0)  # no code that a model left behind may run now


def _make_observer(channel: BinaryIO) -> Observer:
    last = time.monotonic()

    def observe(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _PROGRESS_SECONDS:
            last = now
            channel.write(encode_progress(done, total))
            channel.flush()

    return observe


def own_standard_output() -> BinaryIO:
    """Keep standard output for the response; what a model prints goes to standard error."""
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return channel

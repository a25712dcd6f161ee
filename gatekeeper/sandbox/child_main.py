"""The life of a child process: load libraries, read one request, write one response, exit."""

import os
import sys
from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar

from gatekeeper.evidence.child_messages import BEGUN, HoldoutRequest, encode_message
from gatekeeper.sandbox.resource_limits import exit_with_parent, limit_resources

_Request = TypeVar("_Request", bound=HoldoutRequest)


def serve_one_request(kind: type[_Request], respond: Callable[[_Request], Any]) -> None:
    """Read one request of *kind* from standard input, and write the response as one line.

    Return if standard input ends without a request.
    """
    channel = _own_standard_output()
    exit_with_parent(int(sys.argv[1]))
    line = sys.stdin.buffer.readline()
    if not line:  # the parent does not need this process
        return
    request = kind.model_validate_json(line)
    limit_resources(request.seconds, request.memory_mib)
    channel.write(BEGUN)
    channel.flush()
    channel.write(encode_message(respond(request)))
    channel.flush()
    os._exit(0)  # no code that a model left behind may run now


def _own_standard_output() -> BinaryIO:
    """Keep standard output for the response; what a model prints goes to standard error."""
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return channel

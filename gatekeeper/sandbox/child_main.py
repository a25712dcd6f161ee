"""A child process's life: load libraries, read one question, answer it with a line, and end."""

import os
import sys
from collections.abc import Callable
from typing import BinaryIO, Protocol, Self, TypeVar

from gatekeeper.evidence.evaluation_messages import BEGUN
from gatekeeper.sandbox.resource_limits import exit_with_parent, limit_resources


class _Request(Protocol):
    @property
    def seconds(self) -> float: ...
    @property
    def memory_mib(self) -> int: ...
    @classmethod
    def model_validate_json(cls, json_data: bytes) -> Self: ...


_Kind = TypeVar("_Kind", bound=_Request)


def serve_one_request(kind: type[_Kind], answer: Callable[[_Kind], bytes]) -> None:
    """Serve one question of the *kind*, if one comes from `gatekeeper.evaluation`."""
    channel = _own_standard_output()
    exit_with_parent(int(sys.argv[1]))
    line = sys.stdin.buffer.readline()
    if not line:  # the parent has no use for this process
        return
    question = kind.model_validate_json(line)
    limit_resources(question.seconds, question.memory_mib)
    channel.write(BEGUN)
    channel.flush()
    channel.write(answer(question))
    channel.flush()
    os._exit(0)  # nothing that a model has left behind may run now


def _own_standard_output() -> BinaryIO:
    """Keep standard output for the answer; whatever a model prints goes to standard error."""
    channel = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return channel

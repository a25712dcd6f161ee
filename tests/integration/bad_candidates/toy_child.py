"""A child process that behaves as the metric of its request says, without loading a model."""

import json
import os
import signal
import sys
from collections.abc import Callable

from gatekeeper.evidence.child_messages import BEGUN, encode_message, encode_progress
from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.sandbox.resource_limits import exit_with_parent


def count_without_end() -> None:
    while True:
        os.write(1, encode_progress(1, 2) * 100)


def speak_without_end() -> None:
    while True:
        os.write(1, b"x" * 4096)


BEFORE: dict[str, Callable[[], object]] = {
    "die early": lambda: sys.exit("No module named onnxruntime"),
    "babble early": lambda: os.write(1, b"Welcome to Python!\n"),
}
AFTER: dict[str, Callable[[], object]] = {
    "die": lambda: os._exit(3),
    "crash": lambda: os.kill(os.getpid(), signal.SIGSEGV),
    "be killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "say nothing": signal.pause,
    "speak without end": speak_without_end,
    "speak nonsense": lambda: os.write(1, b"All is well.\n"),
    "leave a mark": lambda: os.environ.update(MARK="left by a child"),
    "count rows": lambda: [os.write(1, encode_progress(done, 9)) for done in range(9)],
    "count without end": count_without_end,
    "complain": lambda: [os.write(2, b"warning: " * 1000) for _ in range(1000)],
}
DESCRIPTIONS: dict[str, Callable[[], dict[str, str]]] = {
    "show marks": lambda: {"mark": os.environ.get("MARK", "")},
    "show descriptors": lambda: dict.fromkeys(os.listdir("/proc/self/fd"), ""),
    "show parent": lambda: {"parent": str(os.getppid()), "command": " ".join(sys.orig_argv)},
}


def main(parent: int) -> None:
    exit_with_parent(parent)
    behaviour = json.loads(sys.stdin.buffer.readline())["metric"]
    BEFORE.get(behaviour, bool)()
    os.write(1, BEGUN)
    AFTER.get(behaviour, bool)()
    errors = DESCRIPTIONS.get(behaviour, dict)()
    os.write(1, encode_message(ScoringResult(0.5, errors)))


if __name__ == "__main__":
    main(int(sys.argv[1]))

"""A probe whose two processes are the agents of two hosts."""

import json
import socket
from pathlib import Path
from typing import Any

from shared.probe.mounted import find_mount
from shared.probe.operations import Operations, perform
from shared.probe.peer import Peer
from shared.probe.trials import run_trials
from shared.probe.verdict import judge

Json = dict[str, Any]
_OPERATIONS: dict[str, Operations] = {}


def operate(store: str, operation: str, arguments: Json) -> Any:
    """Perform an operation of a probe whose other process is on another host."""
    if operation == "open":
        _OPERATIONS[store] = Operations(Path(store))
        return None
    return perform(_OPERATIONS[store], operation, arguments)


class OtherHost(Peer):
    """A peer on another host, which its agent answers for."""

    def __init__(self, address: str, port: int, store: str) -> None:
        self._address, self._store = (address, port), store
        self._stream: Any = None
        self.call("open")

    def begin(self, operation: str, **arguments: Any) -> None:
        with socket.create_connection(self._address) as connection:
            self._stream = connection.makefile("rw")
        request = {"store": self._store, "operation": operation, "arguments": arguments}
        self._stream.write(json.dumps({"call": "operate", "with": request}) + "\n")
        self._stream.flush()

    def end(self) -> Any:
        with self._stream:
            answer = json.loads(self._stream.readline())
        if "error" in answer:
            raise RuntimeError(answer["trace"])
        return answer["result"]


def probe(own: str, address: str, port: int, other: str) -> Json:
    """Probe the directory *own*, which another host has at *other*; return verdict and findings."""
    Path(own).mkdir()
    mount = find_mount(Path(own))
    findings = list(run_trials(Operations(Path(own)), OtherHost(address, port, other)))
    verdict = judge(mount, findings, has_two_hosts=True)
    return {
        "use": verdict.use.name,
        "reasons": verdict.reasons,
        "mount": mount.describe(),
        "findings": {each.trial: (each.is_good, each.found) for each in findings},
    }

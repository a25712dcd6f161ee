"""The second process of a probe, on this host or on another one.

They talk in lines of JSON over the standard streams of a command. So the command may be `ssh`,
`kubectl exec -i` or `docker compose exec -T`, and no port is opened.
"""

import contextlib
import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

from shared.errors import ClientError
from shared.probe.operations import Operations, perform


class Peer:
    """A command that performs operations elsewhere."""

    def __init__(self, command: str | None, name: str) -> None:
        words = (
            shlex.split(command) if command else [sys.executable, "-m", "shared.probe", "--answer"]
        )
        self._command = shlex.join(words)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user names the command
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        except OSError as error:
            raise ClientError(
                f"The peer cannot start: {self._command}: {error.strerror}."
            ) from error
        self.call("open", name=name)

    def begin(self, operation: str, **arguments: Any) -> None:
        """Send a request; `end` waits for its response."""
        try:
            self._input.write(json.dumps([operation, arguments]) + "\n")
            self._input.flush()
        except OSError as error:
            raise ClientError(
                f"The peer has ended: {self._command}. Run this command by hand to see why."
            ) from error

    def end(self) -> Any:
        """Return the response to `begin`."""
        line = self._output.readline()
        try:
            answer = json.loads(line)
            if "error" not in answer:
                return answer["result"]
            message = answer["error"]
        except (ValueError, TypeError, KeyError):
            message = f"it answered {line!r:.200}; expected a line of JSON"
        raise ClientError(f"The peer failed: {self._command}: {message}.")

    def call(self, operation: str, **arguments: Any) -> Any:
        """Perform an operation there, and return its result."""
        self.begin(operation, **arguments)
        return self.end()

    def close(self) -> None:
        """End the peer."""
        with contextlib.suppress(OSError):
            self._input.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self._process.kill()
        self._process.wait()
        self._output.close()

    @property
    def _input(self) -> IO[str]:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        return self._process.stdin

    @property
    def _output(self) -> IO[str]:
        assert self._process.stdout is not None  # noqa: S101 - as above
        return self._process.stdout


def answer(root: Path) -> None:
    """Answer requests on the standard streams until the other side ends; work below *root*."""
    operations: Operations | None = None
    for line in sys.stdin:
        name, arguments = json.loads(line)
        try:
            if operations is None:
                operations = Operations(root / Path(arguments["name"]).name)
                result = None
            else:
                result = perform(operations, name, arguments)
            response = {"result": result}
        except Exception as error:  # noqa: BLE001 - the other side reports it
            response = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(response) + "\n")
        sys.stdout.flush()

"""The requests in README, each with the response that it shows."""

import json
import re
import subprocess
from dataclasses import dataclass

import pytest

from tests.stacks.stack import Stack
from tests.support.project import ROOT

README = (ROOT / "README.md").read_text()


@dataclass(frozen=True)
class Curl:
    """A command that a reader pastes, and the JSON below it."""

    command: str
    promised: str

    def gives_what_it_promises(self, stack: Stack) -> None:
        """Run it on *stack* and compare the response, numbers to two digits."""
        command = self.command.replace("localhost:8000", f"127.0.0.1:{stack.predictor_port}")
        answer = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
        found, expected = json.loads(answer.stdout), json.loads(self.promised)
        assert found.pop("probabilities") == pytest.approx(expected.pop("probabilities"), abs=0.01)
        assert found == expected


def python_file(name: str) -> str:
    """Return the code that README shows for the file *name*."""
    (code,) = re.findall(rf"`{re.escape(name)}`:\n\n```python\n(.*?)```", README, re.DOTALL)
    return str(code)


def curls() -> list[Curl]:
    """Read all of them from README, in order."""
    pattern = r"^(curl [^\n]*/predict.*?)\n```\n\n```json\n(.*?)```"
    found = re.findall(pattern, README, re.MULTILINE | re.DOTALL)
    return [Curl(command, promised) for command, promised in found]

"""Turn signing on for a used store with `make run`, as docs/operations.md describes."""

import re
from pathlib import Path

import pytest

from shared.contract.signatures import verify_registry
from shared.contract.signing_keys import KnownKeys
from tests.stacks.local_stack import LocalStack
from tests.stacks.stack import running
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT

pytestmark = pytest.mark.thorough
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


def documented_variables() -> dict[str, object]:
    """Return the variables of the documented `make run`."""
    (command,) = re.findall(r"^make run (TRAINER_SIGNING_KEY=.*)$", OPERATIONS, re.MULTILINE)
    return dict(setting.split("=") for setting in command.split())


def signer(stack: LocalStack) -> str:
    path = stack.store.layout.registry
    known = KnownKeys.read(stack.checkout / "keys" / "gatekeeper.pub.pem")
    return verify_registry(path.read_bytes(), known, path)


def test_predictors_get_keys_last_and_serve_all_the_time(tmp_path: Path) -> None:
    with running(LocalStack(tmp_path), is_trained=True) as stack:
        assert stack.version() == 1
        stack.kill_everything()

        made = stack.make("keys")
        assert made.returncode == 0, made
        variables = documented_variables()
        assert all(f"{name}={value}" in made.stdout for name, value in variables.items())
        last = {"PREDICTOR_GATEKEEPER_KEYS": variables.pop("PREDICTOR_GATEKEEPER_KEYS")}
        stack.variables |= variables
        stack.start()
        done = stack.make("rollback", VERSION=1)
        assert done.returncode == 0, done
        wait_for(lambda: stack.version() == 2, "the version that is signed")
        assert signer(stack)
        stack.kill_everything()

        stack.variables |= last
        stack.start()
        assert stack.version() == 2
        done = stack.make("retrain")
        assert "v3 serving on 1/1 workers" in done.stdout, done
        assert signer(stack)
        registry = stack.store.registry.read()
        assert registry is not None
        assert str(registry.signature) in stack.make("registry").stdout
        checks = stack.decisions()[0]["checks"]
        assert checks[0]["name"] == "manifest-signed"

        again = stack.make("keys")
        assert (again.returncode != 0, "exist already" in again.stderr) == (True, True), again

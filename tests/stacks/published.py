"""Publish a candidate in the store of a stack, as another trainer does."""

import base64
import io
import tarfile
from pathlib import Path

from shared.store.store import open_for_writing
from tests.stacks.compose_stack import ComposeStack
from tests.stacks.stack import Stack
from tests.support.stores.builders import ToyCandidate


def publish_in(stack: Stack, candidate: ToyCandidate, directory: Path) -> str:
    """Write *candidate* in the empty *directory*, copy it to the stack, and return its id."""
    store = open_for_writing(directory, "candidates")
    name = candidate.publish(store)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.add(store.layout.candidate(name), name)
    text = base64.b64encode(buffer.getvalue()).decode()
    script = f"mkdir .staging-test && cd .staging-test && echo {text} | base64 -d | tar xz"
    script = f"cd candidates && {script} && mv {name} .. && rmdir ../.staging-test"
    if isinstance(stack, ComposeStack):
        done = stack.shell("trainer", f"cd /store && {script}")
    else:
        done = stack.in_store(script)
    assert done.returncode == 0, done
    return name

"""The stacks on which every story runs."""

from collections.abc import Iterator

import pytest

from tests.stacks.compose_stack import ComposeStack
from tests.stacks.local_stack import LocalStack
from tests.stacks.stack import NewStack, Stack, running

KINDS: dict[str, type[LocalStack | ComposeStack]] = {"local": LocalStack, "compose": ComposeStack}


@pytest.fixture(
    scope="module",
    params=["local", pytest.param("compose", marks=pytest.mark.docker)],
)
def new_stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewStack:
    """Return a starter of this test's kind of stack."""
    kind = KINDS[request.param]
    return lambda is_trained=False, **variables: running(
        kind(tmp_path_factory.mktemp("stack"), **variables), is_trained=is_trained
    )


@pytest.fixture(scope="module")
def stack(new_stack: NewStack) -> Iterator[Stack]:
    """Start a trained stack with two workers for all stories of a file, which run in order."""
    with new_stack(is_trained=True, PREDICTOR_WORKERS=2) as started:
        yield started

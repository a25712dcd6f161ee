"""A running compose project for the tests of a file."""

from collections.abc import Iterator

import pytest

from tests.stacks.compose_stack import ComposeStack
from tests.stacks.stack import running


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeStack]:
    """Start a project with two workers and a dead receiver that serves its first model."""
    with running(
        ComposeStack(
            tmp_path_factory.mktemp("stack"),
            PREDICTOR_WORKERS=2,
            GATEKEEPER_WEBHOOKS="http://127.0.0.1:9/dead",
        )
    ) as started:
        yield started

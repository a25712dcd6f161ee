"""One running project for the tests of a file."""

from collections.abc import Iterator

import pytest

from tests.compose.compose_stack import ComposeStack, compose_stack


@pytest.fixture(scope="module")
def stack() -> Iterator[ComposeStack]:
    """A project with two workers that serves its first model."""
    with compose_stack(PREDICTOR_WORKERS=2) as started:
        started.up("--build")
        yield started

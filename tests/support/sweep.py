"""Cases of one behaviour: `make test` tries a few of them, `make test-all` tries all."""

from collections.abc import Mapping
from typing import Any

import pytest


def sweep(cases: Mapping[str, Any], *daily: str) -> list[Any]:
    """Return the cases as parameters of a test. All but the *daily* ones are thorough."""
    assert set(daily) <= cases.keys(), "a daily case must be one of the cases"
    return [
        pytest.param(case, id=name, marks=() if name in daily else pytest.mark.thorough)
        for name, case in cases.items()
    ]

"""The losses in docs/gate.md under `total-drop` are simulated again."""

import re
from itertools import product

import numpy as np
import pytest

from tests.contract.creeping_models import LOSS, MARGIN, RETRAINS, SURE, lose_little_by_little
from tests.support.project import ROOT

TEXT = (ROOT / "docs" / "gate.md").read_text()
LIMIT = 0.01
RUNS = 100


def table() -> dict[tuple[int, str], tuple[float, float, float]]:
    """Read the lost points and their 95th percentile, by rows and confidence."""
    _, after = TEXT.split("| holdout rows | confidence |")
    found = re.findall(
        r"^\| ([\d,]+) \| (\S+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", after, re.MULTILINE
    )
    return {
        (int(rows.replace(",", "")), confidence): (float(free), float(limited), float(worst))
        for rows, confidence, free, limited, worst in found
    }


def test_the_words_around_the_table_name_what_was_simulated() -> None:
    assert f"After {RETRAINS} retrains that are each truly {100 * LOSS:g} points worse" in TEXT
    assert f"GATEKEEPER_MIN_IMPROVEMENT=-{MARGIN:g}" in TEXT
    assert f"GATEKEEPER_MAX_TOTAL_DROP={LIMIT:g}" in TEXT
    assert list(table()) == [(rows, each) for rows in (2_000, 10_000) for each in SURE]


@pytest.mark.parametrize(
    ("rows", "confidence", "runs"),
    [
        (2_000, "none", 20),
        *(
            pytest.param(*each, RUNS, marks=pytest.mark.thorough)
            for each in product((2_000, 10_000), SURE)
        ),
    ],
)
def test_the_losses_are_right_and_stop_at_the_limit(rows: int, confidence: str, runs: int) -> None:
    free = 100 * lose_little_by_little(rows, confidence, None, runs=runs, seed=1)
    limited = 100 * lose_little_by_little(rows, confidence, LIMIT, runs=runs, seed=2)
    said = table()[rows, confidence]
    for found, expected in ((free, said[0]), (limited, said[1])):
        assert abs(found.mean() - expected) < 4 * found.std() / np.sqrt(runs) + 0.06
    if runs == RUNS:
        assert abs(np.quantile(limited, 0.95) - said[2]) < 0.51

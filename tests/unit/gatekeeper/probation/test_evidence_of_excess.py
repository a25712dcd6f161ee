"""A share of failures is found to be above its limit if it is, and hardly ever if it is not."""

import re

import numpy as np
import pytest

from gatekeeper.probation.evidence_of_excess import ERROR, MIN_FAILURES, find_upper_bound, is_above
from tests.support.project import ROOT

LIMIT = 0.01
TEXT = (ROOT / "docs" / "probation.md").read_text()


def find_smallest(totals: np.ndarray, limit: float) -> np.ndarray:
    """Return for each number of requests the fewest failures that are above the limit."""
    found, failed = [], MIN_FAILURES
    for total in totals:
        while failed <= total and not is_above(failed, int(total), limit):
            failed += 1
        found.append(failed)
    return np.array(found)


def count_until_rollback(share: float, probations: int, requests: int, limit: float) -> np.ndarray:
    """Return after how many requests each probation is over; *requests* + 1 if it passes."""
    totals = np.arange(1, requests + 1)
    smallest = find_smallest(totals, limit)
    rng = np.random.default_rng(7)
    ends = []
    for _ in range(probations):
        failures = np.cumsum(rng.random(requests) < share)
        above = failures >= smallest
        ends.append(int(above.argmax()) + 1 if above.any() else requests + 1)
    return np.array(ends)


def test_few_failures_are_no_evidence() -> None:
    assert not is_above(MIN_FAILURES - 1, MIN_FAILURES - 1, LIMIT)
    assert is_above(MIN_FAILURES, MIN_FAILURES, LIMIT)
    assert not is_above(0, 0, LIMIT)


def test_the_same_failures_among_more_requests_are_less_evidence() -> None:
    found = [is_above(50, total, LIMIT) for total in range(50, 10_000)]
    assert found == sorted(found, reverse=True)
    assert found[0]
    assert not found[-1]


@pytest.mark.parametrize(("failed", "total"), [(0, 1000), (30, 1000), (1000, 1000), (1, 10)])
def test_the_bound_of_a_share_is_above_it(failed: int, total: int) -> None:
    bound = find_upper_bound(failed, total)
    assert failed / total <= bound <= 1
    assert find_upper_bound(10 * failed, 10 * total) <= bound
    assert find_upper_bound(0, 0) == 1.0


def test_healthy_versions_are_never_rolled_back() -> None:
    for share in (0.0, 0.002, 0.005):
        ends = count_until_rollback(share, probations=500, requests=5000, limit=LIMIT)
        assert (ends > 5000).all()


def test_a_version_that_fails_on_one_row_in_twenty_is_always_rolled_back() -> None:
    ends = count_until_rollback(0.05, probations=500, requests=2000, limit=LIMIT)
    assert (ends <= 2000).all()


@pytest.mark.thorough
def test_a_version_at_the_limit_is_rolled_back_as_rarely_as_stated() -> None:
    ends = count_until_rollback(LIMIT, probations=5000, requests=10_000, limit=LIMIT)
    assert (ends <= 10_000).mean() <= 10 * ERROR


@pytest.mark.thorough
def test_the_document_says_how_many_requests_a_rollback_needs() -> None:
    rows = re.findall(r"^\| ([\d.]+) \| ([\d,]+) \| ([\d,]+) \|$", TEXT, re.MULTILINE)
    assert len(rows) == 5
    for share, median, most in rows:
        ends = count_until_rollback(float(share), probations=2000, requests=8000, limit=LIMIT)
        found = (np.median(ends), np.quantile(ends, 0.99))
        stated = [float(each.replace(",", "")) for each in (median, most)]
        assert found == pytest.approx(stated, rel=0.08), (share, found)

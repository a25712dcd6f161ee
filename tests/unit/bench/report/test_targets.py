"""Every target is printed with a verdict that follows from the figure."""

import pytest

from bench.report.outcome import collect_measurements
from bench.report.results import Measurement, Section, not_measured
from bench.report.targets import TARGETS, Target, judge

FASTER = Target("section", "key", "what", 1.6, aim=1.9)
SLOWER = Target("section", "key", "what", 20.0, at_least=False, unit=" ms")
NONE_AT_ALL = Target("section", "key", "what", 0.0, at_least=False)


@pytest.mark.parametrize(
    ("target", "value", "verdict"),
    [
        (FASTER, 1.6, "met"),
        (FASTER, 1.2, "missed by 25.0 %"),
        (SLOWER, 20.0, "met"),
        (SLOWER, 25.0, "missed by 25.0 %"),
        (NONE_AT_ALL, 0.0, "met"),
        (NONE_AT_ALL, 3.0, "missed by 3"),
        (Target("section", "key", "what", None), 0.1, "printed"),
    ],
)
def test_a_verdict_says_how_far_off(target: Target, value: float, verdict: str) -> None:
    assert target.verdict(Measurement(value)) == verdict


def test_a_missing_measurement_gives_its_reason() -> None:
    assert FASTER.verdict(not_measured("nginx is not installed")) == (
        "not available: nginx is not installed"
    )


def test_every_target_has_a_row_even_if_not_measured() -> None:
    section = Section("throughput", measured={"lr_bare": Measurement(2.0, 1.8, 2.2, "on battery")})
    errors = {"swaps": "The predictor did not start.\nmore"}
    table = judge(collect_measurements([section], errors))
    verdicts = {target.key: row[-1] for target, row in zip(TARGETS, table.rows, strict=True)}
    assert verdicts["lr_bare"] == "met (on battery)"
    assert verdicts["swap_failed"] == "not available: The predictor did not start."
    assert verdicts["lr_peer"] == "not available: run make bench-peers"
    assert verdicts["memory"] == "not available: not part of this run"
    assert table.rows[0][1:4] == ("≥ 1.6", "≥ 1.9", "2 (1.8 to 2.2)")


def test_keys_are_distinct() -> None:
    assert len({target.key for target in TARGETS}) == len(TARGETS)

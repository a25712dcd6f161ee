"""The tables about rows that decide again and again are simulated again.

The simulation uses no code of the gate. One test shows that the gate decides as it does.
"""

import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from bench.studies.retrains import Challenge, Retrains
from bench.studies.reused_holdout import (
    GROWTH,
    RULES,
    WORSE,
    WorseModels,
    as_scored,
    by_validation,
    loses,
    loses_on_new_rows,
    ratchet,
)
from gatekeeper.evidence.comparison_messages import (
    ComparisonResult,
    PairedScores,
    ScoreDifference,
)
from gatekeeper.evidence.evaluation_messages import ScoringResult
from gatekeeper.evidence.further_scores import Luck
from gatekeeper.policy.policy import judge
from gatekeeper.statistics.luck import allow_for_luck
from gatekeeper.statistics.one_sided_bounds import fraction_reaching
from gatekeeper.statistics.paired_bootstrap import score_differences
from shared.inference.servable import Predictions
from tests.support.project import ROOT
from tests.support.sweep import sweep
from tests.unit.gatekeeper.policy.toy_facts import CHAMPION, GOOD, POLICY

CHANCE = (ROOT / "docs" / "chance.md").read_text()
ADR = (ROOT / "docs" / "adr" / "0037-a-lead-on-validation-outweighs-luck.md").read_text()
CONFIDENCES = {"default": None, "0.95": 0.95}
GROWTHS = {"fixed": 0.0, "growing": GROWTH}
SOME = 2_000
"""Number of simulations. The documents have those of the study, which are more."""


def lines(text: str, begin: str) -> dict[tuple[str, ...], list[float]]:
    """Read a table: its numbers by the cells before them."""
    (table,) = re.findall(
        rf"^\| {re.escape(begin)}.*\n\|[-|:]+\|\n((?:\|.*\n)+)", text, re.MULTILINE
    )
    found = {}
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        first = 3 if begin.startswith("rows") else 1
        found[tuple(cells[:first])] = [float(cell.removesuffix(" %")) for cell in cells[first:]]
    return found


MAIN = lines(CHANCE, "rows | rule | table | points too high")
LOST = lines(CHANCE, "50 models")
COMPARED = lines(ADR, "rule")


def test_the_table_has_all_sizes_rules_and_tables() -> None:
    assert set(MAIN) == {
        (rows, rule, table)
        for rows in ("100", "400", "1,600", "10,000")
        for rule in CONFIDENCES
        for table in GROWTHS
    }


@pytest.mark.parametrize("line", MAIN, ids=" ".join)
def test_the_target_is_met(line: tuple[str, ...]) -> None:
    """After 50 retrains: 0.8 of the first power, and a bias of at most 0.5 points on 400 rows."""
    rows = int(line[0].replace(",", ""))
    _, reported, first, _, now, kept, _, _ = MAIN[line]
    assert kept >= 0.8
    assert kept == pytest.approx(now / first, abs=0.025), "percents are rounded"
    assert abs(reported) <= 0.5 * np.sqrt(400 / rows)


def simulate(line: tuple[str, ...]) -> list[float]:
    """Return the numbers of one line."""
    rows, confidence = int(line[0].replace(",", "")), CONFIDENCES[line[1]]
    before, after = (
        ratchet(rows, rule, confidence, growth=GROWTHS[line[2]], simulations=SOME)
        for rule in (as_scored, by_validation)
    )
    return [
        before.too_high,
        after.reported,
        after.better_first,
        before.better,
        after.better,
        100 * after.kept,
        before.worse,
        after.worse,
    ]


def in_percent(line: tuple[str, ...]) -> list[float]:
    points, chances = MAIN[line][:2], MAIN[line][2:]
    return [*points, *chances[:3], 100 * chances[3], *chances[4:]]


@pytest.mark.parametrize(
    "line",
    sweep({" ".join(line): line for line in MAIN}, "400 0.95 growing"),
)
def test_the_table_of_fifty_retrains_is_simulated_again(
    line: tuple[str, ...],
) -> None:
    found, expected = simulate(line), in_percent(line)
    np.testing.assert_allclose(found[:2], expected[:2], atol=0.25)
    np.testing.assert_allclose(found[2:], expected[2:], atol=5)


def test_the_table_has_all_kinds_of_worse_models() -> None:
    assert [name for (name,) in LOST] == list(WORSE)


@pytest.mark.thorough
@pytest.mark.parametrize("name", WORSE)
def test_the_table_of_worse_models_is_right(name: str) -> None:
    models = WORSE[name]
    few = SOME // 2 if models.trials > 1 else SOME
    found = []
    for confidence in CONFIDENCES.values():
        found.append(loses_on_new_rows(models, confidence, SOME))
        found += [
            loses(models, rule, confidence, simulations=few) for rule in (as_scored, by_validation)
        ]
    np.testing.assert_allclose(found, LOST[name,], atol=4)


def test_worse_models_pass_hardly_more_often_than_on_new_rows() -> None:
    for (name,), (new, before, now, sure_new, sure_before, sure_now) in LOST.items():
        assert now <= new
        assert sure_now <= sure_new + (2 if "growing" in name else 1), "percents are rounded"
        assert now <= before + 6
        assert sure_now <= 2 * sure_before


def test_the_text_names_the_growing_table_with_more_worse_models() -> None:
    *_, new, _, now = LOST["2 points worse, on a growing table",]
    assert f"it is {now:.0f} % instead of {new:.0f} %" in CHANCE
    assert f"passes in {now:.0f} % of cases, and in {new:.0f} % on new rows" in ADR


@pytest.mark.thorough
@pytest.mark.parametrize("line", COMPARED, ids=" ".join)
def test_the_comparison_of_the_rules_is_right(line: tuple[str]) -> None:
    rule, parts = RULES[line[0]]
    for confidence, numbers in zip(
        CONFIDENCES.values(), np.split(np.array(COMPARED[line]), 2), strict=True
    ):
        found = ratchet(400, rule, confidence, parts=parts, simulations=SOME)
        lost = loses(WorseModels(2.0), rule, confidence, parts=parts, simulations=SOME)
        assert found.too_high == pytest.approx(numbers[0], abs=0.2)
        np.testing.assert_allclose(
            [found.better_first, found.better, found.worse, lost], numbers[1:], atol=4
        )


@pytest.mark.thorough
@pytest.mark.parametrize("rows", [100, 400, 1_600, 10_000])
def test_a_smaller_weight_of_validation_reaches_the_target_only_just(rows: int) -> None:
    low, high = map(float, re.findall(r"(0\.\d+) to (0\.\d+) times as often", ADR)[0])
    found = ratchet(rows, partial(by_validation, weight=1.0), 0.95, simulations=SOME)
    assert low - 0.06 <= found.kept <= high + 0.06


def test_other_documents_quote_the_table() -> None:
    high, _, first, before, *_ = MAIN["400", "default", "fixed"]
    for text in ((ROOT / "docs" / "gate.md").read_text(), ADR):
        assert f"accuracy is {high} points too high" in text
        assert re.search(rf"passes in {before:.0f} % of cases instead of {first:.0f} %", text)


def gate_promotes(
    challenge: Challenge, rows: int, at: int, confidence: float | None, score: float
) -> bool:
    """Let the gate decide on one simulated challenger."""
    net = round(challenge.difference[at] * rows)
    changed = round((challenge.spread[at] * rows) ** 2 + net**2 / rows)
    gained, lost = (changed + net) // 2, (changed - net) // 2
    truth = np.zeros(rows, dtype=np.int64)
    ours, theirs = truth.copy(), truth.copy()
    theirs[:gained] = 1
    ours[rows - lost :] = 1
    drawn = score_differences(
        "accuracy", truth, Predictions(ours, None), Predictions(theirs, None), classes=2, seed=at
    )
    allowance = allow_for_luck(
        float(challenge.validation_lead[at]),
        0.0,
        challenge.models,
        float(drawn.std()),
        float(challenge.reused[at]),
    )
    result = ComparisonResult(
        compared=PairedScores(rows=rows, challenger=score + net / rows, champion=score),
        difference=ScoreDifference(
            difference=net / rows,
            low=-1,
            high=1,
            confidence=0.95,
            probability=fraction_reaching(drawn, -allowance),
            resamples=len(drawn),
            rows=rows,
        ),
        luck=Luck(reused=rows, explained=0, allowance=allowance),
    )
    facts = replace(GOOD, challenger=ScoringResult(0.9), champion=CHAMPION, comparison=result)
    policy = POLICY.model_copy(update={"confidence": confidence})
    return judge(facts, policy).outcome == "promoted"


@pytest.mark.parametrize("confidence", sweep(CONFIDENCES, "0.95"))
@pytest.mark.parametrize("growth", sweep(GROWTHS, "growing"))
def test_the_gate_decides_as_the_simulation(confidence: float | None, growth: float) -> None:
    world, tried = Retrains(400, 40, seed=5, growth=growth), 0
    for _ in range(8):
        world.retrain(0.9, by_validation, confidence)
    differ = 0
    for gain in (0.0, 0.02):
        _, challenge, passes = world.judge(
            world.champion.accuracy + gain, by_validation, confidence
        )
        for at in range(world.simulations):
            score = float(world.score[at])
            differ += gate_promotes(challenge, world.rows, at, confidence, score) != passes[at]
            tried += 1
    assert tried == 80
    assert differ <= 2, "resamples are drawn, so a few near the limit may differ"

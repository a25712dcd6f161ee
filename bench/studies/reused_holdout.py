"""`python -m bench.studies.reused_holdout`: compare rules for a holdout that decides repeatedly.

It prints the tables of docs/chance.md, and that of ADR 37 with these columns:

- `luck`: the points by which production's score is too high after 50 equal retrains;
- `start`, `+2`: how often a model that is 2 points better is promoted first, and after these;
- `-1`, `-2`: how often a worse model is promoted then;
- `lost`: how often one of 50 models that are 2 points worse is promoted.
"""

import sys
from dataclasses import dataclass

import numpy as np

from bench.studies.retrains import Challenge, Numbers, Retrains, Rule, best_of

RETRAINS = 50
ACCURACY = 0.9
GROWTH = 0.02
"""New rows before each retrain of a growing table."""
SIMULATIONS = 12_000
REPEATS = 8
"""Challengers of each kind that are judged after the retrains of one simulation."""
VALIDATION_WEIGHT = 1.1
SMALLEST_LEAD = 1.15
"""Standard errors of a lead that always count, in the rule that discounts the lead."""


def as_scored(challenge: Challenge) -> Numbers:
    """Require the champion's score: the rule without a correction."""
    return np.zeros_like(challenge.difference)


def by_validation(challenge: Challenge, weight: float = VALIDATION_WEIGHT) -> Numbers:
    """Allow what the challenger gains on validation, up to what luck explains: the gate's rule."""
    most = challenge.reused**0.25 * best_of(challenge.models) * challenge.spread
    lead = challenge.validation_lead - challenge.extra_choice * challenge.spread
    return np.asarray(np.clip(weight * lead, 0.0, most))


def by_lead(challenge: Challenge) -> Numbers:
    """Discount the champion's lead over all models, except its first part."""
    spread = challenge.spread / np.sqrt(2)
    counted = np.minimum(challenge.lead, SMALLEST_LEAD * spread)
    most = best_of(challenge.models) * spread
    return np.asarray(np.clip(challenge.lead - counted, 0.0, most))


def ladder(challenge: Challenge) -> Numbers:
    """Require an improvement of one standard error, as the Ladder mechanism does."""
    return -challenge.spread


def noisy(challenge: Challenge) -> Numbers:
    """Add noise of one standard error to each comparison, as Thresholdout does."""
    return np.asarray(challenge.random.normal(scale=challenge.spread))


RULES: dict[str, tuple[Rule, int]] = {
    "none": (as_scored, 1),
    "4 holdouts in turn": (as_scored, 4),
    "Ladder": (ladder, 1),
    "Thresholdout": (noisy, 1),
    "discounted lead": (by_lead, 1),
    "validation": (by_validation, 1),
}
"""Each rule, and into how many parts it divides the holdout."""


@dataclass(frozen=True)
class Ratchet:
    """The effect of 50 retrains of equal models on one holdout, in percent."""

    too_high: float
    """By how much production's score is above its true accuracy."""
    reported: float
    """The same for the score without luck that the gate reports."""
    better_first: float
    """How often a better model is promoted on these rows if they have not decided before."""
    better: float
    worse: float
    """How often a model that is worse by half as much is promoted."""

    @property
    def kept(self) -> float:
        """The fraction of its first chance that a better model keeps."""
        return self.better / self.better_first


def ratchet(
    rows: int,
    rule: Rule,
    confidence: float | None,
    *,
    growth: float = 0.0,
    parts: int = 1,
    simulations: int = SIMULATIONS,
) -> Ratchet:
    """Simulate the retrains, and a better model after them: by 2 points on 400 rows."""
    world = Retrains(rows, simulations, seed=rows, growth=growth, parts=parts)
    for _ in range(RETRAINS):
        world.retrain(ACCURACY, rule, confidence)
    fresh = Retrains(world.rows, simulations, seed=rows + 1, parts=parts)
    gain = improvement(world.rows)
    excess = world.score - world.champion.accuracy
    return Ratchet(
        *(
            100 * float(each)
            for each in (
                excess.mean(),
                (excess - world.explained()).mean(),
                rate(fresh, gain, rule, confidence),
                rate(world, gain, rule, confidence),
                rate(world, -gain / 2, rule, confidence),
            )
        )
    )


def improvement(rows: int) -> float:
    """Return an improvement that is as hard to find as 2 points on 400 rows."""
    return float(0.02 * np.sqrt(400 / rows))


@dataclass(frozen=True)
class WorseModels:
    """50 models that are worse than the champion, one after the other, on 400 rows."""

    points: float
    """By how many percentage points each is worse."""
    growth: float = 0.0
    has_better_champion: bool = False
    """Whether the champion is above the usual accuracy, and the worse models have it."""
    trials: int = 1
    """Of how many each is the best on validation; the champion is one of one."""

    @property
    def start(self) -> float:
        """The champion's accuracy."""
        return ACCURACY + self.points / 100 if self.has_better_champion else ACCURACY


WORSE = {
    "0.5 points worse": WorseModels(0.5),
    "1 point worse": WorseModels(1.0),
    "2 points worse": WorseModels(2.0),
    "2 points worse, on a growing table": WorseModels(2.0, growth=GROWTH),
    "2 points worse than a champion that is 2 points above the accuracy of 0.9": WorseModels(
        2.0, has_better_champion=True
    ),
    "1 point worse, each the best of 50 on validation, against a champion that had no choice": (
        WorseModels(1.0, trials=50)
    ),
}


def loses(
    models: WorseModels,
    rule: Rule,
    confidence: float | None,
    *,
    parts: int = 1,
    simulations: int = SIMULATIONS,
) -> float:
    """Return how often one of the worse *models* is promoted, in percent."""
    start = models.start
    world = Retrains(400, simulations, seed=2, growth=models.growth, parts=parts, accuracy=start)
    world.trials = models.trials
    kept = np.ones(simulations, dtype=bool)
    for _ in range(RETRAINS):
        kept &= ~world.retrain(start - models.points / 100, rule, confidence)
    return 100 * float(1 - kept.mean())


def loses_on_new_rows(
    models: WorseModels, confidence: float | None, simulations: int = SIMULATIONS
) -> float:
    """Return the same if each model is judged on rows that never decided before."""
    rows, kept = 400, 1.0
    for retrain in range(RETRAINS):
        rows += round(rows * models.growth)
        world = Retrains(rows, simulations, seed=retrain, accuracy=models.start)
        *_, passes = world.judge(models.start - models.points / 100, as_scored, confidence)
        kept *= 1 - float(passes.mean())
    return 100 * (1 - kept)


def rate(world: Retrains, gain: float, rule: Rule, confidence: float | None) -> float:
    """Return how often a model that is better by *gain* is promoted."""
    found = []
    for _ in range(REPEATS):
        *_, passes = world.judge(world.champion.accuracy + gain, rule, confidence)
        found.append(passes.mean())
    return float(np.mean(found))


def main() -> None:
    """Print all tables."""
    say = sys.stdout.write
    for confidence in (None, 0.95):
        say(f"{confidence or 'default':20}    luck   start      +2      -1      -2    lost\n")
        for name, (rule, parts) in RULES.items():
            found = ratchet(400, rule, confidence, parts=parts)
            cells = [found.too_high, found.better_first, found.better, found.worse]
            cells.append(loses(WorseModels(2.0), rule, confidence, parts=parts))
            say(f"{name:20}{''.join(f'{each:8.1f}' for each in cells)}\n")
    for growth in (0.0, GROWTH):
        for rows in (100, 400, 1_600, 10_000):
            for confidence in (None, 0.95):
                line = " | ".join(compare(rows, confidence, growth))
                table = "growing" if growth else "fixed"
                say(f"| {rows:,} | {confidence or 'default'} | {table} | {line} |\n")
    for name, models in WORSE.items():
        chances = [
            chance
            for confidence in (None, 0.95)
            for chance in (
                loses_on_new_rows(models, confidence),
                loses(models, as_scored, confidence),
                loses(models, by_validation, confidence),
            )
        ]
        say(f"| {name} | {' | '.join(f'{each:.0f} %' for each in chances)} |\n")


def compare(rows: int, confidence: float | None, growth: float) -> list[str]:
    """Return the numbers of one line of the table: without the allowance, and with it."""
    before = ratchet(rows, as_scored, confidence, growth=growth)
    now = ratchet(rows, by_validation, confidence, growth=growth)
    chances = (now.better_first, before.better, now.better)
    return [
        f"{before.too_high:.1f}",
        f"{now.reported:.1f}",
        *(f"{each:.0f} %" for each in chances),
        f"{now.kept:.2f}",
        *(f"{each.worse:.0f} %" for each in (before, now)),
    ]


if __name__ == "__main__":
    main()

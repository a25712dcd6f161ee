"""Simulate retrains that one holdout judges again and again. It uses no code of the gate.

Only counts of rows are drawn. A row is easy or hard, and each model is independently wrong on some
easy rows and right on some hard ones. Two models with an accuracy of 0.9 disagree on a tenth of
the rows.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

EASY = 0.9472
"""Fraction of easy rows, so that models with an accuracy of 0.9 disagree on a tenth."""
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Model:
    """One model in each simulation: its true accuracy, and its results on the rows."""

    accuracy: Numbers
    right_easy: Counts
    """Correct predictions on easy rows of the holdout, shape [parts, simulations]."""
    right_hard: Counts
    validation: Numbers
    choice: Numbers
    """The expected luck of the choice from several models by this score, in standard errors."""


@dataclass(frozen=True)
class Challenge:
    """The facts that a rule may know about challenger and champion, in each simulation."""

    difference: Numbers
    """The challenger's score minus the champion's."""
    spread: Numbers
    """The standard error of the difference."""
    validation_lead: Numbers
    extra_choice: Numbers
    """How much more luck the challenger's choice had, in standard errors."""
    reused: Numbers
    """Fraction of the rows that the champion was promoted on."""
    models: int
    """Models that were judged on these rows, with the champion."""
    lead: Numbers
    """The champion's score minus the median of all models."""
    random: np.random.Generator


Rule = Callable[[Challenge], Numbers]
"""How much the challenger's score may be below the champion's."""


@dataclass
class Retrains:
    """Simulations of a holdout, of a validation set of the same size, and of their champion."""

    rows: int
    simulations: int
    seed: int
    accuracy: float = 0.9
    growth: float = 0.0
    """New rows before each retrain, as a fraction of all rows."""
    parts: int = 1
    """Holdouts that decide in turn; together they have all rows."""
    trials: int = 1
    """Equal models from which a retrain chooses one by its validation score."""
    models: int = 1
    _turn: int = 0
    _places: list[Numbers] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Draw the rows and the first champion."""
        self.random = np.random.default_rng(self.seed)
        self._rows = self.rows // self.parts
        self._easy = self.random.binomial(self._rows, EASY, (self.parts, self.simulations))
        self._easy_validation = self.random.binomial(self.rows, EASY, self.simulations)
        self.champion = self._draw(np.full(self.simulations, self.accuracy), None, 1)
        self._promoted_on = np.full(self.simulations, self.rows)
        self._place = np.zeros(self.simulations)
        self._places.append(self._place)

    @property
    def score(self) -> Numbers:
        """The champion's score on all rows of the holdout."""
        right = self.champion.right_easy + self.champion.right_hard
        return np.asarray(right.sum(axis=0) / self.rows)

    def retrain(self, accuracy: float | Numbers, rule: Rule, confidence: float | None) -> Mask:
        """Grow the table, judge a new model, and return where it was promoted."""
        self._grow()
        challenger, challenge, allowed = self.judge(accuracy, rule, confidence)
        self._turn += 1
        self.models += 1
        place = self._place + challenge.difference
        self._places.append(place)
        self._place = np.where(allowed, place, self._place)
        self._promoted_on = np.where(allowed, self.rows, self._promoted_on)
        self.champion = Model(
            *(
                np.where(allowed, new, old)
                for new, old in zip(
                    vars(challenger).values(), vars(self.champion).values(), strict=True
                )
            )
        )
        return allowed

    def judge(
        self, accuracy: float | Numbers, rule: Rule, confidence: float | None
    ) -> tuple[Model, Challenge, Mask]:
        """Compare a new model with the champion, and return where it passes."""
        accuracies = np.broadcast_to(accuracy, self.simulations)
        challenger = self._draw(accuracies, self.champion, self.trials)
        gained, lost = self._disagreements
        part = self._turn % self.parts
        rows, net = self._rows, (gained - lost)[part]
        spread = np.sqrt((gained + lost)[part] - net**2 / rows)
        challenge = self._describe(challenger, net / rows, spread / rows)
        required = -rule(challenge) * rows
        if confidence is None:
            return challenger, challenge, net >= required - _ROUNDING
        passes = probability_of(net, required, spread) >= confidence
        return challenger, challenge, passes

    def explained(self) -> Numbers:
        """Return the part of the champion's score that luck explains, for reports."""
        most = best_of(self.models) * np.sqrt(0.1 / self.rows / 2)
        lead = np.maximum(self._place - np.median(self._places, axis=0), 0.0)
        reused = self._promoted_on / self.rows
        return np.asarray(np.minimum(reused * lead, np.sqrt(reused) * most))

    def _describe(self, challenger: Model, difference: Numbers, spread: Numbers) -> Challenge:
        return Challenge(
            difference=difference,
            spread=spread,
            validation_lead=challenger.validation - self.champion.validation,
            extra_choice=np.maximum(challenger.choice - self.champion.choice, 0.0),
            reused=self._promoted_on / self.rows,
            models=self.models,
            lead=self._place - np.median(self._places, axis=0),
            random=self.random,
        )

    def _draw(self, accuracy: Numbers, champion: Model | None, trials: int) -> Model:
        """Draw a model. With a *champion*, count the rows on which exactly one of them is right."""
        wrong = flips(accuracy)
        draw, hard = self.random.binomial, self._rows - self._easy
        seen = np.zeros_like(self._easy) if champion is None else champion.right_easy
        found = np.zeros_like(self._easy) if champion is None else champion.right_hard
        both_easy, both_hard = draw(seen, 1 - wrong), draw(found, wrong)
        only_easy, only_hard = draw(self._easy - seen, 1 - wrong), draw(hard - found, wrong)
        self._disagreements = only_easy + only_hard, seen - both_easy + found - both_hard
        hard_validation = self.rows - self._easy_validation
        size = (trials, self.simulations)
        right = draw(self._easy_validation, 1 - wrong, size) + draw(hard_validation, wrong, size)
        return Model(
            accuracy,
            both_easy + only_easy,
            both_hard + only_hard,
            right.max(axis=0) / self.rows,
            np.full(self.simulations, best_of(trials)),
        )

    def _grow(self) -> None:
        new = round(self.rows * self.growth)
        if not new:
            return
        wrong, draw = flips(self.champion.accuracy), self.random.binomial
        easy = draw(new, EASY, (self.parts, self.simulations))
        self.champion = Model(
            self.champion.accuracy,
            self.champion.right_easy + draw(easy, 1 - wrong),
            self.champion.right_hard + draw(new - easy, wrong),
            self.champion.validation,
            self.champion.choice,
        )
        self._easy = self._easy + easy
        self._easy_validation = self._easy_validation + draw(new, EASY, self.simulations)
        self.rows, self._rows = self.rows + new, self._rows + new


def flips(accuracy: Numbers) -> Numbers:
    """Return how often a model is wrong on easy rows and right on hard ones."""
    return np.asarray((EASY - accuracy) / (2 * EASY - 1))


def best_of(models: int) -> float:
    """Return the expected luck of the luckiest of *models* equal models, in standard errors."""
    return NormalDist().inv_cdf((models - 0.375) / (models + 0.25))


def probability_of(net: Numbers, required: Numbers, spread: Numbers) -> Numbers:
    """Return how probable it is that resampled rows reach *required*; half for a tie."""
    least = np.ceil(required - _ROUNDING)
    half = np.where(np.abs(least - required) < _ROUNDING, 0.0, 0.5)
    return np.where(
        spread > 0,
        ndtr((net - least + half) / np.where(spread > 0, spread, 1.0)),
        (net >= least).astype(np.float64),
    )

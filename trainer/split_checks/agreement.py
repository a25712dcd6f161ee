"""Measure how well the targets of pairs of rows agree: 0 as by chance, 1 exactly."""

from dataclasses import dataclass

import numpy as np

from shared.contract.documents import Task
from shared.scoring.truth import Truth


@dataclass(frozen=True)
class Agreement:
    """The agreement of rows with some of their neighbours."""

    task: Task
    value: float
    """0 as by chance, 1 exactly: Cohen's kappa, or for numbers the intraclass correlation."""
    amount: float
    """The share of pairs with one class, or the mean difference of the numbers."""
    chances: float = np.inf
    """The expected number of rows with another class, by chance."""

    def compare(self, other: "Agreement", pairs: str, others: str) -> str:
        """Compare the agreement of *pairs* with the *other* one, in a sentence."""
        if self.task == "regression":
            return (
                f"In {pairs}, the targets differ by {self.amount:.3g} on average; in {others}, by "
                f"{other.amount:.3g}."
            )
        return (
            f"Of {pairs}, {100 * self.amount:.0f} % have the same class; of {others}, "
            f"{100 * other.amount:.0f} %."
        )


def measure_agreement(task: Task, truth: Truth, neighbours: Truth, everyone: Truth) -> Agreement:
    """Compare *truth*, shape [n], with *neighbours*, shape [n, k].

    The chance is that of a random row of *everyone* as neighbour.
    """
    if task == "regression":
        return _measure_numbers(truth, neighbours, everyone)
    size = int(max(truth.max(), everyone.max())) + 1
    shares = np.bincount(everyone.astype(np.intp), minlength=size) / len(everyone)
    chance = float(shares[truth.astype(np.intp)].mean())
    agreed = float((truth[:, None] == neighbours).mean())
    value = 0.0 if chance >= 1 else (agreed - chance) / (1 - chance)
    return Agreement(task, value, agreed, (1 - chance) * len(truth))


def _measure_numbers(truth: Truth, neighbours: Truth, everyone: Truth) -> Agreement:
    largest = float(np.abs(everyone).max()) or 1.0  # a square of 1e200 would be infinite
    scale = largest * (float(np.std(everyone / largest)) or 1.0)
    gaps = (truth[:, None] - neighbours) / scale
    chance = float((((truth - largest * np.mean(everyone / largest)) / scale) ** 2).mean()) + 1.0
    return Agreement(
        "regression", 1 - float((gaps**2).mean()) / chance, scale * float(np.abs(gaps).mean())
    )

"""Scores in messages and documents."""

import math

from shared.metric_text import show_score, to_shown
from shared.score_format import format_score

ROUNDING = 1e-12
"""Shortfall of a score that counts as a rounding error; relative above 1."""


def show_distinct(metric: str, *scores: float) -> list[str]:
    """Format scores as people see them, with as few decimals as show which of them differ."""
    texts = [show_score(metric, score) for score in scores]
    for decimals in (4, 6, 9, 17):
        if len(set(texts)) == len(set(scores)):
            break
        texts = [format_score(to_shown(metric, score), decimals) for score in scores]
    return texts


def encode_score(score: float | None) -> float | str | None:
    """Return the name of a score that is not finite, since JSON has no NaN."""
    return score if score is None or math.isfinite(score) else str(score)

"""Scores in messages and documents."""

import math

from shared.score_format import format_score

ROUNDING = 1e-12
"""Shortfall of a score that counts as a rounding error; relative above 1."""


def format_distinct(*scores: float) -> list[str]:
    """Format scores with as few decimals as show which of them differ."""
    texts: list[str] = []
    for decimals in (4, 6, 9, 17):
        texts = [format_score(score, decimals) for score in scores]
        if len(set(texts)) == len(set(scores)):
            break
    return texts


def encode_score(score: float | None) -> float | str | None:
    """Return the name of a score that is not finite, since JSON has no NaN."""
    return score if score is None or math.isfinite(score) else str(score)

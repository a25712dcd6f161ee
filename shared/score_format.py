"""Scores as text for people, of any metric: an F1 lies below 1, a squared error may be anything."""

_SMALL, _LARGE = 1e-3, 1e6


def format_score(score: float, decimals: int = 4) -> str:
    """So many decimals (0.9784, -52.3000), or so many and one digits where those say little."""
    if score == 0 or _SMALL <= abs(score) < _LARGE:
        return f"{score:.{decimals}f}"
    return f"{score:.{decimals + 1}g}"

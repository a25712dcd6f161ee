"""Format the scores of any metric: an F1 is below 1, a squared error may be any number."""

_SMALL, _LARGE = 1e-3, 1e6


def format_score(score: float, decimals: int = 4) -> str:
    """Return *score* with *decimals* decimals, or in significant digits if it is tiny or huge."""
    if score == 0 or _SMALL <= abs(score) < _LARGE:
        return f"{score:.{decimals}f}"
    return f"{score:.{decimals + 1}g}"

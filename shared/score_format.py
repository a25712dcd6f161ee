"""Format the scores of any metric: an F1 is below 1, a squared error may be any number."""

_SMALL, _LARGE = 1e-3, 1e6
_TENS, _THOUSANDS = 10.0, 1000.0


def format_score(score: float, decimals: int | None = None) -> str:
    """Return *score* with as many decimals as people read, or with *decimals* decimals.

    A tiny or huge score is in significant digits.
    """
    size = abs(score)
    if score == 0 or _SMALL <= size < _LARGE:
        if decimals is None:
            decimals = 4 if size < _TENS else 2 if size < _THOUSANDS else 1
        return f"{score:.{decimals}f}"
    digits = (3 if size < _SMALL else 5) if decimals is None else decimals + 1
    return f"{score:.{digits}g}"

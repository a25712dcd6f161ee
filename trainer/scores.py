"""How scores are written for people."""

_SMALL, _LARGE = 1e-3, 1e6


def describe_score(value: float) -> str:
    """Four decimals; of a number that is small or large for them, four digits."""
    usual = value == 0.0 or _SMALL <= abs(value) < _LARGE
    return f"{value:.4f}" if usual else f"{value:.4g}"

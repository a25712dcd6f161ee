"""Check the parameter spaces of candidates, and draw settings from them."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from shared.errors import CandidatesError

_MAX_SHOWN = 8

Space = Mapping[str, Any]
"""Parameter name of `set_params` -> a list of values, or a distribution with the method rvs."""

Setting = dict[str, Any]
"""One value for each parameter of a space."""


def require_space(where: str, space: object, parameters: Iterable[str]) -> None:
    """Raise CandidatesError unless *space* can be searched; *where* names its candidate."""
    if not isinstance(space, dict):
        raise CandidatesError(
            f"{where} has a {type(space).__name__} as its parameter space; it must be a dictionary "
            'such as {"max_depth": [2, 4, 8]}.'
        )
    known = list(parameters)
    for name, values in space.items():
        if name not in known:
            raise CandidatesError(
                f"{where} has no parameter {name!r} to search; {_suggest(str(name), known)}"
            )
        _require_values(f"{where}: the space of {name!r}", values)


def draw_settings(space: Space, count: int, seed: int) -> list[Setting]:
    """Draw at most *count* settings, the same ones for the same seed.

    A space of only lists gives each combination once, so there may be fewer. Raises the errors of
    the distributions.
    """
    from sklearn.model_selection import ParameterSampler  # noqa: PLC0415 - slow to import

    if not any(hasattr(values, "rvs") for values in space.values()):
        count = min(count, prod(len(values) for values in space.values()))
    drawn = ParameterSampler(dict(space), n_iter=count, random_state=seed)
    return [{name: _plain(value) for name, value in setting.items()} for setting in drawn]


def _require_values(where: str, values: object) -> None:
    if callable(getattr(values, "rvs", None)):
        return
    is_list = isinstance(values, (Sequence, np.ndarray)) and not isinstance(values, (str, bytes))
    if not is_list:
        raise CandidatesError(
            f"{where} is a {type(values).__name__}; it must be a list of values, or a "
            "distribution such as scipy.stats.loguniform(0.01, 100)."
        )
    if not len(values):  # type: ignore[arg-type]  # mypy does not follow is_list
        raise CandidatesError(f"{where} is empty; it needs a value.")


def _suggest(name: str, known: list[str]) -> str:
    """Suggest parameters of the same name in a pipeline's step, or with a similar spelling."""
    nested = [other for other in known if other.endswith(f"__{name}")]
    if close := nested or difflib.get_close_matches(name, known):
        return f"did you mean {' or '.join(map(repr, close[:3]))}?"
    return f"it has {', '.join(sorted(known)[:_MAX_SHOWN])}{' …' * (len(known) > _MAX_SHOWN)}."


def _plain(value: Any) -> Any:
    """Convert a number of numpy to one of Python, so that its text is only the number."""
    return value.item() if isinstance(value, np.generic) else value

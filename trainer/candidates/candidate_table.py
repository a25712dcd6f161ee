"""Load and check a table of candidates: names, estimators and parameter spaces."""

import importlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from shared.errors import CandidatesError, SettingsError
from trainer.candidates.own_line import find_own_line
from trainer.candidates.parameter_spaces import Space, require_space

DEFAULT_TABLE = "default"
_MAX_NAME_LENGTH = 100
_PAIR = 2

Table = Mapping[str, Any]
"""Name -> scikit-learn estimator, or a pair (estimator, parameter space). The order breaks ties."""


@dataclass(frozen=True)
class Candidate:
    """One entry of a table."""

    name: str
    estimator: Any
    space: Space = field(default_factory=dict)
    """The parameters that TRAINER_SEARCH draws settings for; empty without a search."""


def list_candidates(table: Table) -> list[Candidate]:
    """List the candidates of a checked table."""
    return [
        Candidate(name, *value) if isinstance(value, tuple) else Candidate(name, value)
        for name, value in table.items()
    ]


def load_candidates(setting: str) -> Table:
    """Import the table that TRAINER_CANDIDATES names as package.module:NAME.

    The module may be in the current directory.
    Raises SettingsError for a malformed setting, CandidatesError for an unsuitable table.
    """
    module_name, colon, attribute = setting.partition(":")
    if not (colon and module_name and attribute):
        raise SettingsError(
            f"TRAINER_CANDIDATES={setting} must have the form package.module:NAME, "
            "such as examples.forest:CANDIDATES."
        )
    module = _import(module_name, setting)
    if not hasattr(module, attribute):
        raise CandidatesError(
            f"TRAINER_CANDIDATES={setting}: {module_name} has no {attribute}. Define it there as a "
            "dictionary of names and estimators."
        )
    return _check_table(getattr(module, attribute), setting)


def clone_with_seed(estimator: Any, seed: int) -> Any:
    """Return an unfitted copy of *estimator* that gives the same model each time.

    This sets every random_state of None in it to *seed*. One that its author set stays.
    """
    from sklearn.base import clone  # noqa: PLC0415 - slow to import

    copy = clone(estimator)
    states = {
        name: seed
        for name, value in copy.get_params(deep=True).items()
        if value is None and (name == "random_state" or name.endswith("__random_state"))
    }
    return copy.set_params(**states)


def _import(module_name: str, setting: str) -> Any:
    here = str(Path.cwd())
    if here not in sys.path and os.curdir not in sys.path:
        sys.path.insert(0, here)
    try:
        return importlib.import_module(module_name)
    except (Exception, SystemExit) as error:  # a user's module may raise anything
        own_line = find_own_line(error)
        where = f" ({own_line})" if own_line else ""
        raise CandidatesError(
            f"TRAINER_CANDIDATES={setting}: the module {module_name} cannot be imported from "
            f"{here}: {type(error).__name__}: {error}{where}."
        ) from error


def _check_table(table: object, setting: str) -> Table:
    if not isinstance(table, Mapping):
        raise CandidatesError(
            f"TRAINER_CANDIDATES={setting} is a {type(table).__name__}; it must be a dictionary "
            'of names and estimators, such as {"forest": RandomForestClassifier()}.'
        )
    if not table:
        raise CandidatesError(f"TRAINER_CANDIDATES={setting} is empty; it needs an estimator.")
    for name, value in table.items():
        _require_name(name, setting)
        where = f"TRAINER_CANDIDATES={setting}: {name!r}"
        if not isinstance(value, tuple):
            _require_estimator(where, value)
            continue
        if len(value) != _PAIR:
            raise CandidatesError(
                f"{where} is a tuple of {len(value)}; it must be an estimator, or a pair "
                "(estimator, parameter space)."
            )
        _require_estimator(where, value[0])
        require_space(where, value[1], value[0].get_params(deep=True))
    return dict(table)


def _require_name(name: object, setting: str) -> None:
    is_name = isinstance(name, str) and name.strip() and name.isprintable()
    if not is_name or len(str(name)) > _MAX_NAME_LENGTH:
        raise CandidatesError(
            f"TRAINER_CANDIDATES={setting}: {name!r:.120} is not a name for an estimator; use a "
            f"string of at most {_MAX_NAME_LENGTH} printable characters."
        )


def _require_estimator(where: str, estimator: object) -> None:
    if isinstance(estimator, type):
        raise CandidatesError(
            f"{where} is the class {estimator.__name__}, not an estimator; "
            f"write {estimator.__name__}()."
        )
    if not all(_may_have(estimator, name) for name in ("fit", "predict", "get_params")):
        raise CandidatesError(
            f"{where} is a {type(estimator).__name__}, not an estimator; it needs the "
            "methods fit, predict and get_params of scikit-learn's estimators."
        )


def _may_have(estimator: object, method: str) -> bool:
    """Say whether *estimator* has the method; a stack has `predict` only when it is fitted."""
    if callable(getattr(estimator, method, None)):
        return True
    if steps := getattr(estimator, "steps", None):
        return _may_have(steps[-1][1], method)
    return callable(getattr(type(estimator), method, None))

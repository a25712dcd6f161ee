"""Settings from the environment: the common ones, and the function that loads them.

A malformed value or an unknown variable with a known prefix stops the start. Otherwise a typo
would silently mean the default.
"""

import difflib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.errors import SettingsError
from shared.scoring.scorer_names import check_metric_name
from shared.setting_text import describe_bad_value

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


def _require_known_metric(metric: str) -> str:
    try:
        return check_metric_name(metric)
    except SettingsError as error:
        raise ValueError(error) from error  # pydantic goes on with the other settings


class CommonSettings(BaseSettings):
    """Settings of every service; their names have no prefix."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore")

    store_dir: Path = Field(default=Path(".store"), description="The root of the store.")
    metric: Annotated[str, AfterValidator(_require_known_metric)] = Field(
        default="f1",
        description="The metric that selects candidates and decides promotion: the name of a "
        "scikit-learn scorer. docs/training.md lists the names.",
    )
    allow_joblib: bool = Field(
        default=False,
        description="Accept models that are pickles. A pickle is code that runs with the service's "
        "rights.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO",
        description="Least severe messages to log: DEBUG, INFO, WARNING or ERROR.",
    )
    log_format: Literal["json", "text"] = Field(
        default="text", description="Form of each log message: json (an object) or text (a line)."
    )


class ServiceSettings(BaseSettings):
    """The base class of one service's own settings; a subclass sets `env_prefix`."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore")


_Settings = TypeVar("_Settings", bound=BaseSettings)
_COMMON_PREFIX = "STORE_"


def load_settings(settings: type[_Settings]) -> _Settings:
    """Read one settings class from the environment; raise SettingsError naming the variable."""
    found, errors = read_settings(settings)
    if errors:
        raise errors[0]
    return found


def read_settings(settings: type[_Settings]) -> tuple[_Settings, list[SettingsError]]:
    """Read one settings class from the environment, and return all errors in it.

    A malformed value counts as not set, so its setting has the default.
    """
    errors = [SettingsError(message) for message in _find_unknown(settings)]
    try:
        return settings(), errors
    except ValidationError as error:
        malformed = {str(each["loc"][0]): each for each in reversed(error.errors())}
    errors += [SettingsError(_describe(settings, malformed[name])) for name in sorted(malformed)]
    return settings(**{name: settings.model_fields[name].default for name in malformed}), errors


def _describe(settings: type[BaseSettings], error: "ErrorDetails") -> str:
    """Describe a value that is not allowed in one sentence."""
    if "error" in error.get("ctx", {}):
        return str(error["ctx"]["error"])  # of a validator of ours
    name = str(error["loc"][0])
    variable = f"{settings.model_config.get('env_prefix', '')}{name}".upper()
    known = describe_bad_value(
        variable,
        settings.model_fields[name],
        str(error["input"]),
        lambda value: _is_allowed(settings, name, value),
    )
    found = f"{error['msg']} (found {error['input']!r:.80})."
    return known or f"The setting {variable} is malformed: {found}"


def _is_allowed(settings: type[BaseSettings], name: str, value: object) -> bool:
    try:
        settings.model_validate({name: value})
    except ValidationError as error:
        return all(each["loc"][0] != name for each in error.errors())
    return True


def _find_unknown(settings: type[BaseSettings]) -> Iterator[str]:
    """Describe each variable that has a known prefix and is not a setting."""
    own = settings.model_config.get("env_prefix", "")
    known = {f"{own}{name}".upper() for name in settings.model_fields}
    prefix = (own or _COMMON_PREFIX).upper()
    for variable in sorted(os.environ):
        if variable.upper().startswith(prefix) and variable.upper() not in known:
            close = difflib.get_close_matches(variable.upper(), sorted(known), n=1)
            names = ", ".join(sorted(known))
            hint = f"did you mean {close[0]}?" if close else f"known settings are {names}."
            yield f"Unknown setting {variable}: {hint}"

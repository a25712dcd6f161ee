"""Settings from the environment: common ones, and how each service loads its own.

A malformed value, or a variable with a known prefix that no setting knows, stops the start
with one sentence: a typo must not silently mean the default.
"""

import difflib
import os
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.contract.document import describe_validation_error
from shared.errors import SettingsError
from shared.scoring.scorer_names import check_metric_name


class CommonSettings(BaseSettings):
    """What every service reads, under names without a prefix."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore")

    store_dir: Path = Field(default=Path(".store"), description="The root of the store.")
    metric: Annotated[str, AfterValidator(check_metric_name)] = Field(
        default="f1",
        description="The metric that selects candidates and decides promotion, by scikit-learn's "
        "name of its scorer; docs/training.md lists them.",
    )
    allow_joblib: bool = Field(
        default=False,
        description="Accept models that are pickles: code, run with the service's rights.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="The least severe message that is logged."
    )
    log_format: Literal["json", "text"] = Field(
        default="text", description="One JSON object or one line of text for each message."
    )


class ServiceSettings(BaseSettings):
    """Base of one service's own settings; a subclass sets `env_prefix`."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore")


_Settings = TypeVar("_Settings", bound=BaseSettings)
_COMMON_PREFIX = "STORE_"


def load_settings(kind: type[_Settings]) -> _Settings:
    """Read one settings class from the environment.

    Raises SettingsError that names the variable.
    """
    _refuse_unknown(kind)
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        variable = f"{prefix}{error.errors()[0]['loc'][0]}".upper()
        field = str(error.errors()[0]["loc"][0])
        message = describe_validation_error(error).removeprefix(f"{field}: ")
        raise SettingsError(f"The setting {variable} is malformed: {message}") from error


def _refuse_unknown(kind: type[BaseSettings]) -> None:
    own = kind.model_config.get("env_prefix", "")
    known = {f"{own}{name}".upper() for name in kind.model_fields}
    prefix = (own or _COMMON_PREFIX).upper()
    for variable in sorted(os.environ):
        if variable.upper().startswith(prefix) and variable.upper() not in known:
            close = difflib.get_close_matches(variable.upper(), sorted(known), n=1)
            names = ", ".join(sorted(known))
            hint = f"did you mean {close[0]}?" if close else f"known are {names}."
            raise SettingsError(f"No setting is called {variable}: {hint}")

"""Settings from the environment: the common ones, and the function that loads them.

A malformed value or an unknown variable with a known prefix stops the start. Otherwise a typo
would silently mean the default. The variables that Kubernetes adds for services do not count.
"""

import difflib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from shared.container.service_links import find_service_links
from shared.errors import SettingsError
from shared.scoring.costs import parse_costs
from shared.scoring.scorer_names import check_metric_name
from shared.setting_text import describe_bad_value

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


def _require_known_metric(metric: str) -> str:
    try:
        return check_metric_name(metric)
    except SettingsError as error:
        raise ValueError(error) from error  # pydantic goes on with the other settings


def _require_costs(costs: str) -> str:
    try:
        parse_costs(costs)
    except SettingsError as error:
        raise ValueError(error) from error  # as above
    return costs


class _EnvironmentSettings(BaseSettings):
    """Settings from the environment, except for what Kubernetes adds to it."""

    model_config = SettingsConfigDict(env_ignore_empty=True, frozen=True, extra="ignore")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the parent's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - as above
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment as if Kubernetes had added no variables for services."""
        assert isinstance(env_settings, EnvSettingsSource)  # noqa: S101 - its name promises it
        links = {name.lower() for name in find_service_links(os.environ)}
        env_settings.env_vars = {
            name: value for name, value in env_settings.env_vars.items() if name not in links
        }
        return init_settings, env_settings


class CommonSettings(_EnvironmentSettings):
    """Settings of every service; their names have no prefix."""

    store_dir: Path = Field(default=Path(".store"), description="The root of the store.")
    metric: Annotated[str, AfterValidator(_require_known_metric)] = Field(
        default="f1",
        description="The metric that selects candidates and decides promotion: the name of a "
        "scikit-learn scorer, or neg_cost. docs/training.md lists the names.",
    )
    gatekeeper_costs: Annotated[str, AfterValidator(_require_costs)] = Field(
        default="",
        description="The cost of each wrong prediction, for trainer and gatekeeper, as a JSON "
        'object: {"sick": {"healthy": 50}, "healthy": {"sick": 1}} has the true classes outside. '
        "Decisions record the mean cost, and METRIC=neg_cost decides by it. None by default.",
    )
    gatekeeper_live_days: int = Field(
        default=30,
        ge=1,
        le=3650,
        description="Days to keep counts of live requests, and labels that no logged row needs. "
        "For gatekeeper and predictor.",
    )
    allow_joblib: bool = Field(
        default=False,
        description="Accept models that are pickles. A pickle is code that runs with the service's "
        "rights.",
    )
    threads: int | None = Field(
        default=None,
        ge=1,
        le=1024,
        description="Threads of the numerical libraries of a service, and fits of the trainer at "
        "the same time. By default as many as the container or machine has CPUs; in a container "
        "without a CPU limit, these are all CPUs of the machine.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO",
        description="Least severe messages to log: DEBUG, INFO, WARNING or ERROR.",
    )
    log_format: Literal["json", "text"] = Field(
        default="text", description="Form of each log message: json (an object) or text (a line)."
    )

    @property
    def costs(self) -> dict[str, dict[str, float]] | None:
        """The costs by true class and predicted class; None if they are not set."""
        return parse_costs(self.gatekeeper_costs)


class ServiceSettings(_EnvironmentSettings):
    """The base class of one service's own settings; a subclass sets `env_prefix`."""


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
    common = (name.upper() for name in CommonSettings.model_fields)
    known |= {name for name in common if name.startswith(prefix)}
    for variable in sorted(os.environ.keys() - find_service_links(os.environ)):
        if variable.upper().startswith(prefix) and variable.upper() not in known:
            close = difflib.get_close_matches(variable.upper(), sorted(known), n=1)
            names = ", ".join(sorted(known))
            hint = f"did you mean {close[0]}?" if close else f"known settings are {names}."
            yield f"Unknown setting {variable}: {hint}"

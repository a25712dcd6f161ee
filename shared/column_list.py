"""A setting that lists column names, separated by commas or as a JSON list."""

import json

from shared.errors import SettingsError


def parse_names(variable: str, setting: str) -> tuple[str, ...]:
    """Return the names in *setting*, the value of the environment variable *variable*.

    Raises SettingsError for a value that begins like a JSON list and is not a list of strings.
    """
    if not setting.lstrip().startswith("["):
        return tuple(name for part in setting.split(",") if (name := part.strip()))
    try:
        names = json.loads(setting)
    except ValueError as error:
        raise SettingsError(f"{variable}={setting:.200} is not a JSON list: {error}.") from error
    if not all(isinstance(name, str) for name in names):
        raise SettingsError(
            f"{variable}={setting:.200} is not a JSON list of names; "
            "write each name in double quotes."
        )
    return tuple(names)

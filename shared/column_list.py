"""A setting that lists names of columns: with commas between them, or as a JSON list."""

import json

from shared.errors import SettingsError


def parse_names(variable: str, setting: str) -> tuple[str, ...]:
    """The names that *setting*, the value of *variable*, lists.

    Raises SettingsError for a JSON list that is none.
    """
    if not setting.lstrip().startswith("["):
        return tuple(name for part in setting.split(",") if (name := part.strip()))
    try:
        names = json.loads(setting)
    except ValueError as error:
        raise SettingsError(f"{variable}={setting:.200} is no JSON list: {error}.") from error
    if not all(isinstance(name, str) for name in names):
        raise SettingsError(
            f"{variable}={setting:.200} is no JSON list of names; write each in double quotes."
        )
    return tuple(names)

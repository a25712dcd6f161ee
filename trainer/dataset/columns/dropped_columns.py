"""Parse TRAINER_DROP and TRAINER_SLICE_COLUMNS, and write values of them for messages."""

import json
import shlex

from shared import column_list
from shared.inference.text_form import normalise_text


def parse_names(setting: str, variable: str = "TRAINER_DROP") -> tuple[str, ...]:
    """Return the columns that *setting*, the value of *variable*, names, in their normal form.

    Raises SettingsError for a malformed list.
    """
    return tuple(map(normalise_text, column_list.parse_names(variable, setting)))


def format_names(names: tuple[str, ...]) -> str:
    """Return the value of TRAINER_DROP that names these columns, quoted for a shell."""
    joined = ",".join(names)
    if joined.startswith("[") or parse_names(joined) != names:
        joined = json.dumps(names, ensure_ascii=False)
    return shlex.quote(joined)

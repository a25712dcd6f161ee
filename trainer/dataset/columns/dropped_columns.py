"""Parse TRAINER_DROP, and refuse columns that must be dropped."""

import json
import shlex
from collections.abc import Mapping

from shared import column_list
from shared.errors import DatasetError
from shared.inference.text_form import normalise_text


def parse_names(setting: str) -> tuple[str, ...]:
    """Return the columns that TRAINER_DROP names, in their normal form.

    Raises SettingsError for a malformed list.
    """
    return tuple(map(normalise_text, column_list.parse_names("TRAINER_DROP", setting)))


def format_names(names: tuple[str, ...]) -> str:
    """Return the value of TRAINER_DROP that names these columns, quoted for a shell."""
    joined = ",".join(names)
    if joined.startswith("[") or parse_names(joined) != names:
        joined = json.dumps(names, ensure_ascii=False)
    return shlex.quote(joined)


def require_usable(
    source: str, reasons: Mapping[str, str], dropped: tuple[str, ...], advice: str = ""
) -> None:
    """Raise DatasetError that names all columns that cannot be features, if there are any.

    *reasons* are by column. *dropped* are the columns that TRAINER_DROP names already. *advice* is
    another way out.
    """
    if not reasons:
        return
    columns: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        columns.setdefault(reason, []).append(repr(name))
    listed = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in columns.items())
    raise DatasetError(
        f"{source} has columns that cannot be features: {listed}. Change them, {advice}or "
        f"drop them with TRAINER_DROP={format_names((*dropped, *reasons))}"
    )

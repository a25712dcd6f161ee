"""TRAINER_DROP: which columns of the table are left out."""

import json
import shlex
from collections.abc import Mapping

from shared import column_list
from shared.errors import DatasetError


def parse_names(setting: str) -> tuple[str, ...]:
    """The columns that TRAINER_DROP names; raises SettingsError for a list that is none."""
    return column_list.parse_names("TRAINER_DROP", setting)


def format_names(names: tuple[str, ...]) -> str:
    """What to write for *names*, as for a shell."""
    joined = ",".join(names)
    if joined.startswith("[") or parse_names(joined) != names:
        joined = json.dumps(names, ensure_ascii=False)
    return shlex.quote(joined)


def require_usable(source: str, reasons: Mapping[str, str], dropped: tuple[str, ...]) -> None:
    """Raise DatasetError for columns that cannot be features, all of them, where there are any.

    *reasons* are by column; *dropped* is what is left out already.
    """
    if not reasons:
        return
    columns: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        columns.setdefault(reason, []).append(repr(name))
    listed = "; ".join(f"{', '.join(names)} ({reason})" for reason, names in columns.items())
    raise DatasetError(
        f"{source} has columns that cannot be features: {listed}. Change them, or leave them out "
        f"with TRAINER_DROP={format_names((*dropped, *reasons))}"
    )

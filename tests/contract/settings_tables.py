"""`make docs`: write the tables of settings from the settings classes.

A description in a settings class is the only source. Each file below has a pair of marks for each
class, and the text between them is replaced.
"""

import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic_settings import BaseSettings

from gatekeeper.settings import GatekeeperSettings
from predictor.settings import PredictorSettings
from shared.settings import CommonSettings
from tests.support.project import ROOT
from trainer.settings import TrainerSettings

CLASSES: dict[str, type[BaseSettings]] = {
    "common": CommonSettings,
    "trainer": TrainerSettings,
    "gatekeeper": GatekeeperSettings,
    "predictor": PredictorSettings,
}
WRITTEN_BY_HAND = re.compile(
    r"STORE_DIR|(GATEKEEPER|PREDICTOR)_(HOST|PORT|PUBLISHED)|GATEKEEPER_WEBHOOK\w+"
)
"""Variables that mean something different to compose, or go to the notifier only. Its files explain
them themselves."""
_COLUMNS = 118


@dataclass(frozen=True)
class Setting:
    """One variable, its default as a user would write it ("" for none), and its description."""

    variable: str
    default: str
    description: str


def settings_of(kind: type[BaseSettings]) -> Iterator[Setting]:
    """Yield the settings of a class in the order of their definition."""
    prefix = kind.model_config.get("env_prefix", "")
    for name, field in kind.model_fields.items():
        default = "" if field.default is None else str(field.default)
        if isinstance(field.default, bool):
            default = default.lower()
        description = field.description or ""
        values = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
        if not all(value in description for value in values):
            description += f" One of {', '.join(values)}."
        yield Setting(f"{prefix}{name}".upper(), default.removesuffix(".0"), description)


def _table(settings: list[Setting], _: str) -> str:
    """Return a table for docs/operations.md; a path of a document becomes a link."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for setting in settings:
        default = f"`{setting.default}`" if setting.default else "none"
        meaning = setting.description.replace("|", r"\|")
        meaning = re.sub(r"(?<!`)\b[A-Z]+_[A-Z_]+\b(?!`)", r"`\g<0>`", meaning)
        meaning = re.sub(r"docs/operations\.md(#[\w-]+)", r"[below](\1)", meaning)
        meaning = re.sub(r"docs/([\w-]+\.md)(#[\w-]+)?", r"[\1](\1\2)", meaning)
        rows.append(f"| `{setting.variable}` | {default} | {meaning} |")
    return "\n".join(rows)


def _example(settings: list[Setting], _: str) -> str:
    """Return the lines of .env.example: each description, and its variable with the default."""
    lines: list[str] = []
    for setting in settings:
        if not WRITTEN_BY_HAND.fullmatch(setting.variable):
            lines += textwrap.wrap(
                setting.description, _COLUMNS, initial_indent="# ", subsequent_indent="# "
            )
            lines.append(f"#{setting.variable}={setting.default}")
    return "\n".join(lines)


def _passed_on(settings: list[Setting], indent: str) -> str:
    """Return the variables that compose passes on to a container."""
    names = [each.variable for each in settings if not WRITTEN_BY_HAND.fullmatch(each.variable)]
    return "\n".join(f"{indent}{name}:" for name in names)


FILES: dict[Path, Callable[[list[Setting], str], str]] = {
    ROOT / "docs" / "operations.md": _table,
    ROOT / ".env.example": _example,
    ROOT / "docker-compose.yml": _passed_on,
}
_MARKED = re.compile(
    r"^(?P<begin>(?P<indent> *)(?:<!--|#) settings:(?P<name>\w+)[^\n]*\n).*?"
    r"(?P<end>^ *(?:<!--|#) end settings)",
    re.MULTILINE | re.DOTALL,
)


def fill(text: str, write: Callable[[list[Setting], str], str]) -> str:
    """Return *text* with all settings between its marks written again."""

    def replaced(found: re.Match[str]) -> str:
        written = write(list(settings_of(CLASSES[found["name"]])), found["indent"])
        return f"{found['begin']}{written}\n{found['end']}"

    return _MARKED.sub(replaced, text)


def main() -> int:
    """Write all files again."""
    for path, write in FILES.items():
        path.write_text(fill(path.read_text(), write))
    return 0


if __name__ == "__main__":
    sys.exit(main())

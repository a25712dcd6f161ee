"""The commands and values of docs/kubernetes.md, section by section."""

import re

from tests.support.project import ROOT

TEXT = (ROOT / "docs" / "kubernetes.md").read_text()
SECTIONS: list[str] = re.findall(r"^## (.*)$", TEXT, re.MULTILINE)


def blocks(section: str, language: str = "sh") -> list[str]:
    """Return the blocks of a section in a language."""
    part = TEXT.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", part, re.DOTALL)
    return found


def commands(program: str) -> list[str]:
    """Return every command of a program on the page, of one line each."""
    return re.findall(rf"^{program} .*$", TEXT, re.MULTILINE)

"""Schemathesis against a running service and its OpenAPI document, with all checks and phases."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.support.effort import SEED

MAY_BE_REFUSED = ["2xx", "3xx", "401", "403", "404", "409", "429", "5xx"]
"""Statuses that schemathesis accepts for a valid request by default."""


@dataclass(frozen=True)
class Narrowed:
    """An exception: a status that one check accepts for some operations, and its reason."""

    path: str
    check: str
    statuses: Sequence[str]
    reason: str
    warnings: Sequence[str] = ()
    """Warnings of schemathesis that the exception causes."""


@dataclass(frozen=True)
class Found:
    """The result of a run."""

    report: dict[str, Any]
    output: str
    narrowed: Sequence[Narrowed]

    @property
    def cases(self) -> int:
        """Number of generated requests."""
        count: int = self.report["test_cases"]["generated"]
        return count

    def is_clean(self) -> bool:
        """Return whether every operation was tested and passed, without an unexpected warning.

        Most warnings mean that schemathesis reached no successful response.
        """
        operations = self.report["operations"]
        return (
            self.report["exit_code"] == 0
            and self.report["stop_reason"] == "completed"
            and operations["tested"] == operations["selected"] > 0
            and self.warnings() == []
        )

    def told(self) -> str:
        """Return the whole output, to find out why it is not clean."""
        return f"{self.output}\nnot foreseen: {self.warnings()}"

    def warnings(self) -> list[tuple[str, str]]:
        """List unexpected warnings by name and operation."""
        given = [
            (name, label) for name, labels in self.report["warnings"].items() for label in labels
        ]
        return [
            (name, label)
            for name, label in given
            if not any(name in one.warnings and re.search(one.path, label) for one in self.narrowed)
        ]


def explore(
    url: str,
    directory: Path,
    *,
    examples: int,
    token: str | None = None,
    values: Mapping[str, Sequence[str | int]] | None = None,
    narrowed: Sequence[Narrowed] = (),
    only: str = ".",
) -> Found:
    """Let schemathesis send valid and invalid requests by the document of *url*.

    Parameters with names in *values* get those values half of the time. *only* is a pattern of
    paths.
    """
    directory.mkdir()
    config, report = directory / "schemathesis.toml", directory / "report.json"
    lines = [
        f"seed = {SEED}",
        "continue-on-failure = true",
        "checks.enabled = true",
        "generation.database = 'none'",
        "generation.no-shrink = true",
        f"generation.max-examples = {examples}",
        f"reports.json.path = '{report}'",
    ]
    if token is not None:
        lines.append(f"auth.openapi.HTTPBearer.bearer = '{token}'")
    for name, known in (values or {}).items():
        key = name.split(".")[-1]
        lines.append(f"dictionaries.{key}.values = {json.dumps(list(known))}")
        lines.append(f"parameters.'{name}' = {{ dictionary = '{key}', probability = 0.5 }}")
    for one in narrowed:
        if one.statuses:
            lines += [
                "[[operations]]",
                f"include-path-regex = '{one.path}'",
                f"checks.{one.check}.expected-statuses = {json.dumps(one.statuses)}",
            ]
    config.write_text("\n".join(lines) + "\n")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config)]
    ran = subprocess.run(
        [*command, "--no-color", "run", "--include-path-regex", only, f"{url}/openapi.json"],
        cwd=directory, capture_output=True, text=True, check=False, timeout=3000,
    )  # fmt: skip
    output = ran.stdout + ran.stderr
    assert report.exists(), output
    return Found(json.loads(report.read_text()), output, narrowed)

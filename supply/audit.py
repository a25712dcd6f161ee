"""`python -m supply.audit`: which locked packages have known vulnerabilities, by pip-audit.

Exit status: 0 when all were asked about and none has one, 1 when one has, 3 when some could not
be asked about, so that nothing is known of them.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

VULNERABLE, NOT_AUDITED = 1, 3
_LOCKS = Path("requirements")
_TIMEOUT = "30"


def audit(lock: Path, arguments: Sequence[str]) -> list[dict[str, Any]] | None:
    """What pip-audit found out about each package of *lock*; None when it gave no answer."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes"),
        *("--disable-pip", "--format", "json", "--progress-spinner", "off"),
        *("--timeout", _TIMEOUT, *arguments),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    try:
        found: list[dict[str, Any]] = json.loads(ended.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        said = ended.stderr.strip().splitlines() or ["it said nothing"]
        print(f"{lock}: no answer: {said[-1]}", file=sys.stderr)
        return None
    return found


def vulnerabilities(lock: Path, found: Sequence[dict[str, Any]]) -> Iterator[str]:
    """A line for each known one."""
    for package in found:
        for known in package.get("vulns", []):
            fixed = ", ".join(known["fix_versions"]) or "no version"
            yield (
                f"{lock}: {package['name']} {package['version']} has {known['id']}; "
                f"mended in {fixed}"
            )


def main(arguments: Sequence[str]) -> int:
    """Audit every lock; *arguments* go to pip-audit."""
    asked, skipped = 0, 0
    known: list[str] = []
    for lock in sorted(_LOCKS.glob("*.txt")):
        found = audit(lock, arguments)
        if found is None:
            skipped += 1
            continue
        unknown = [package for package in found if "skip_reason" in package]
        asked += len(found) - len(unknown)
        skipped += len(unknown)
        known += vulnerabilities(lock, found)
        if unknown:
            print(f"{lock}: {unknown[0]['skip_reason']}", file=sys.stderr)
    print(*known, sep="\n", end="\n" if known else "")
    print(f"{asked} locked packages were asked about, {len(known)} vulnerabilities are known.")
    if skipped:
        print(
            f"error: {'Nothing' if not asked else 'Not everything'} was audited: of {skipped} "
            "packages or files the service knew nothing, or could not be reached. "
            "Run `make audit` where it can, or try another with ARGS='-s osv'.",
            file=sys.stderr,
        )
    return VULNERABLE if known else NOT_AUDITED if skipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

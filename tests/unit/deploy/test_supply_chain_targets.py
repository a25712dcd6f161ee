"""`make audit` and `make sbom` leave out no lock and no image."""

import re
import subprocess

from tests.support.project import ROOT


def commands_of(target: str) -> str:
    """Return the commands that make would run for a target, with its prerequisites."""
    shown = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return shown.stdout


def test_every_lock_is_audited_and_an_unknown_package_is_an_error() -> None:
    audit = commands_of("audit")
    locks = {str(path.relative_to(ROOT)) for path in ROOT.glob("requirements/*.txt")}
    assert set(re.findall(r"--requirement (\S+)", audit)) == locks
    assert "pip-audit --strict --require-hashes --disable-pip" in audit


def test_every_image_that_compose_builds_gets_a_list() -> None:
    built = re.findall(
        r"build: \{<<: \*build, target: (\w+)\}", (ROOT / "docker-compose.yml").read_text()
    )
    listed = re.search(
        r"for service in ([a-z ]+); do .*cyclonedx-json", commands_of("sbom"), re.DOTALL
    )
    assert listed is not None
    assert set(listed[1].split()) == set(built)

"""What is in an image, as JSON on standard output. It runs inside, with what is there alone."""

import json
import platform
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

_SITES = ("/venv/lib", "/usr/local/lib")
"""The service's environment, and what the base image brings: pip."""
_STATUS = Path("/var/lib/dpkg/status")
_RELEASE = Path("/etc/os-release")


def _python(found: Distribution) -> dict[str, Any]:
    about = found.metadata.json  # its lists have several entries, all others are texts
    licence = about.get("license_expression") or about.get("license") or ""
    return {"name": about["name"], "version": found.version, "licence": licence}


def _debian(text: str) -> list[dict[str, str]]:
    """The installed packages of dpkg's database: paragraphs of `Field: value` lines."""
    packages = []
    for paragraph in text.split("\n\n"):
        lines = (line.partition(": ") for line in paragraph.splitlines() if line[:1].strip())
        fields = {name: value for name, _, value in lines}
        if fields.get("Status", "").endswith(" installed"):
            packages.append(
                {
                    "name": fields["Package"],
                    "version": fields["Version"],
                    "architecture": fields["Architecture"],
                }
            )
    return packages


def _release(text: str) -> dict[str, str]:
    lines = (line.partition("=") for line in text.splitlines())
    return {name: value.strip('"') for name, _, value in lines}


def main() -> None:
    """List everything."""
    release = _release(_RELEASE.read_text())
    sites = [str(path) for top in _SITES for path in Path(top).glob("python3*/site-packages")]
    inventory = {
        "python": [_python(each) for each in distributions(path=sites)],
        "debian": _debian(_STATUS.read_text()),
        "interpreter": platform.python_version(),
        "release": f"{release.get('ID')}-{release.get('VERSION_ID')}",
    }
    print(json.dumps(inventory))


if __name__ == "__main__":
    main()

"""Prometheus and promtool as their Debian package installs them."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.http import plain_http
from tests.support.processes.wait_until import wait_for


def promtool(*arguments: str, text: str | None = None) -> None:
    """Run promtool of Prometheus. Without it, skip the test, or fail in CI."""
    _require("promtool")
    done = subprocess.run(
        ["promtool", *arguments], input=text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr


class Prometheus:
    """A running Prometheus."""

    def __init__(self, url: str) -> None:
        self.url = url

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series of *expression* now, each with its labels and its value."""
        answer = plain_http.get(f"{self.url}/api/v1/query", params={"query": expression})
        assert answer.status_code == 200, f"{expression}: {answer.text}"
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules that it evaluates."""
        groups = plain_http.get(f"{self.url}/api/v1/rules").json()["data"]["groups"]
        return [rule for group in groups for rule in group["rules"]]


@contextmanager
def running_prometheus(folder: Path, targets: Sequence[str], rules: Path) -> Iterator[Prometheus]:
    """Start Prometheus on a free port, and scrape the *targets* each second."""
    _require("prometheus")
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(rules)],
        "scrape_configs": [
            {"job_name": "modelgate", "static_configs": [{"targets": list(targets)}]}
        ],
    }
    folder.mkdir()
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                "prometheus",
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                "--web.listen-address=127.0.0.1:0",
            ],
            stdout=output,
            stderr=output,
        )

    def listening() -> "re.Match[str] | None":
        assert process.poll() is None, log.read_text()
        return re.search(r'msg="Listening on" address=(\S+)', log.read_text())

    try:
        url = f"http://{wait_for(listening, 'Prometheus to listen')[1]}"
        wait_for(lambda: plain_http.get(f"{url}/-/ready").status_code == 200, "Prometheus")
        yield Prometheus(url)
    finally:
        process.terminate()
        process.wait()


def _require(program: str) -> None:
    if shutil.which(program) is None:
        assert "CI" not in os.environ, f"CI needs {program}, of Debian's package prometheus"
        pytest.skip(f"{program} is not installed (Debian: apt install prometheus)")

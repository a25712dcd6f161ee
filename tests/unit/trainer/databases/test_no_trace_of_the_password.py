"""A training from PostgreSQL: the password is in no byte of the store and of the output."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.databases.postgresql import PASSWORD, running_server
from tests.support.project import ROOT

TRACES = [PASSWORD.encode(), b"s3cret"]


@pytest.mark.parametrize("command", ["trainer", "trainer.check_data"])
def test_a_run_leaves_no_trace_of_the_password(command: str, tmp_path: Path) -> None:
    with running_server() as server:
        server.execute(
            "create table sales as select i as id, (i * 37 % 61)::numeric as age, "
            "case when i * 37 % 61 > 30 then 'yes' else 'no' end as leaves "
            "from generate_series(1, 300) i"
        )
        variables = {
            **{name: value for name, value in os.environ.items() if "TRAINER_" not in name},
            "STORE_DIR": str(tmp_path / "store"),
            "TRAINER_DATASET": server.address,
            "TRAINER_QUERY": "select age, leaves from sales order by id",
            "TRAINER_DATABASE_PASSWORD_FILE": str(server.password_file),
            "TRAINER_TARGET": "leaves",
            "TRAINER_CANDIDATES": "tests.unit.trainer.small_table:CANDIDATES",
            "TRAINER_WAIT_SECONDS": "0",
            "METRIC": "accuracy",
            "LOG_LEVEL": "DEBUG",
        }
        options = ["--page", str(tmp_path / "page.html")] if command.endswith("data") else []
        done = subprocess.run(
            [sys.executable, "-m", command, *options],
            env=variables,
            capture_output=True,
            check=False,
            cwd=ROOT,
        )
    printed = done.stdout + done.stderr
    assert done.returncode == (0 if options else 4), printed.decode()
    assert b"300 rows" in printed
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    manifests = [path for path in files if path.name == "manifest.json"]
    assert len(manifests) == (not options)
    for manifest in manifests:
        assert server.address in manifest.read_text()
    for content in (printed, *(path.read_bytes() for path in files)):
        assert not any(trace in content for trace in TRACES)

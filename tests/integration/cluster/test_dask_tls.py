"""A scheduler with TLS, as docs/cluster.md sets it up, trains only with those who have keys."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.certificates import make_pair
from tests.support.processes.dask_cluster import dask_processes
from tests.support.project import ROOT

pytestmark = pytest.mark.thorough

DOCUMENT = (ROOT / "docs" / "cluster.md").read_text()


def documented_variables(folder: Path) -> dict[str, str]:
    """Return the variables of docs/cluster.md, with a certificate in *folder*."""
    files = make_pair().write(folder)
    places = {
        "/certificates/ca.pem": files["TLS_CERT"],
        "/certificates/node.pem": files["TLS_CERT"],
        "/certificates/node.key": files["TLS_KEY"],
    }
    found = dict(re.findall(r"^export (DASK_\w+)=(\S+)$", DOCUMENT, re.MULTILINE))
    assert len(found) == 8
    return {name: str(places.get(value, value)) for name, value in found.items()}


def train(store: Path, address: str, variables: Mapping[str, str]) -> tuple[int, str]:
    own = {name: value for name, value in os.environ.items() if "TRAINER_" not in name}
    settings = {
        "STORE_DIR": str(store),
        "TRAINER_DASK": address,
        "TRAINER_CANDIDATES": "examples.forest:CANDIDATES",
        "TRAINER_WAIT_SECONDS": "0",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "trainer"],
        cwd=ROOT,
        env={**own, **settings, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    return ended.returncode, ended.stderr


def test_a_trainer_with_a_certificate_trains_and_one_without_is_refused(tmp_path: Path) -> None:
    variables = documented_variables(tmp_path)
    with dask_processes(tmp_path / "dask", variables) as cluster:
        assert cluster.address.startswith("tls://127.0.0.1:")
        cluster.start_worker()

        trained, errors = train(tmp_path / "store", cluster.address, variables)
        (tmp_path / "stranger").mkdir()
        stranger = documented_variables(tmp_path / "stranger")
        refused, reason = train(tmp_path / "other", cluster.address, stranger)

    assert trained == 4, errors
    assert len(list((tmp_path / "store" / "candidates").glob("*/manifest.json"))) == 1
    assert refused == 1
    assert f"No Dask scheduler answers at TRAINER_DASK={cluster.address}" in reason

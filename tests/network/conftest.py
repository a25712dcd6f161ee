"""The laboratories of network file systems. Each takes seconds to start, so tests share one."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.network.support.juicefs_laboratory import JuiceFsLaboratory
from tests.network.support.nfs_laboratory import NfsLaboratory
from tests.support.project import ROOT

TOOLS = ROOT / "build" / "network-tools"
"""The folder into which .ci/network-tools unpacks what the laboratories need."""
Laboratory = NfsLaboratory | JuiceFsLaboratory


@pytest.fixture(scope="module")
def network_tools() -> Path:
    """Return the folder of the tools. Skip a test without them, or without root."""
    missing = [name for name in ("usr/bin/linux.uml", "bin/juicefs") if not (TOOLS / name).exists()]
    if missing or os.geteuid() or not shutil.which("ip"):
        assert "CI" not in os.environ, "CI needs the tools of .ci/network-tools, and root"
        pytest.skip("run .ci/network-tools as root first")
    return TOOLS


@pytest.fixture(scope="module", params=[NfsLaboratory, JuiceFsLaboratory], ids=["nfs", "juicefs"])
def laboratory(
    request: pytest.FixtureRequest,
    network_tools: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Laboratory]:
    """Start two hosts with a shared directory, and print the versions."""
    found: Laboratory = request.param(network_tools, tmp_path_factory.mktemp("laboratory"))
    try:
        capture = request.config.pluginmanager.getplugin("capturemanager")
        with capture.global_and_fixture_disabled():
            print(f"\n{found.kind}: {found.versions()}")  # noqa: T201 - for the record of CI
        yield found
    finally:
        found.close()

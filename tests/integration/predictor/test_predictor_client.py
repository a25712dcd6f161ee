"""`python -m predictor.client` prints a request and its response, or the reason of a failure."""

import re
import socket
import subprocess
import sys
from pathlib import Path

from shared.store.store import ModelStore
from tests.support.models.mixed import mixed_model
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import environment, running_predictor
from tests.support.project import ROOT
from tests.support.stores.builders import promote


def ask(store: ModelStore, *options: str, **variables: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "predictor.client", *options],
        cwd=ROOT,
        env=environment(store, **variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_client_prints_a_real_row_and_its_prediction(store: ModelStore, tmp_path: Path) -> None:
    with running_predictor(store, tmp_path / "log") as predictor:
        refused = ask(store, "--url", predictor.url)
        assert (refused.returncode, refused.stdout) == (1, "")
        (line,) = refused.stderr.splitlines()
        assert "no model yet" in line
        promote(store, toy_model())
        predictor.wait_until_ready()
        shown = ask(store, "--url", predictor.url)
        promote(store, mixed_model())
        predictor.wait_for_workers(2, 1)
        mixed = ask(store, "--url", predictor.url)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert re.search(r'age +22\n +fare +71\n +member +true\n +colour +"green"\n', mixed.stdout)
    assert re.search(
        r"^POST .*\n +width +-4\n +height +-3.466666666666667\nResponse:\n\{\n", shown.stdout
    )
    assert '"model_version": 1' in shown.stdout
    assert '"label": "small"' in shown.stdout


def test_the_client_reports_that_no_predictor_responds(store: ModelStore) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    shown = ask(store, PREDICTOR_PORT=port)
    assert (shown.returncode, shown.stdout) == (1, "")
    assert f"No predictor responds at http://127.0.0.1:{port}" in shown.stderr
    assert "make run" in shown.stderr
    assert len(shown.stderr.splitlines()) == 1

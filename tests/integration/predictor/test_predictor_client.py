"""`python -m predictor.client` prints a request and its response, or the reason of a failure."""

import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest

from predictor import client
from shared.store.store import ModelStore
from tests.support.models.mixed import mixed_model
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import running_predictor
from tests.support.stores.builders import promote


class Shown(NamedTuple):
    """The exit status and the output of a command."""

    status: int
    output: str
    error: str


Ask: TypeAlias = Callable[..., Shown]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run the command in this process."""

    def run(*options: str) -> Shown:
        monkeypatch.setattr("sys.argv", ["client", *options])
        status = client.main()
        return Shown(status, *capsys.readouterr())

    return run


def test_the_client_prints_a_real_row_and_its_prediction(
    store: ModelStore, tmp_path: Path, ask: Ask
) -> None:
    with running_predictor(store, tmp_path / "log") as predictor:
        predictor.wait_for_workers(None, 1)  # on a busy machine, the client would not wait for it
        refused = ask("--url", predictor.url)
        assert (refused.status, refused.output) == (1, "")
        (line,) = refused.error.splitlines()
        assert "no model yet" in line
        promote(store, toy_model())
        predictor.wait_until_ready()
        shown = ask("--url", predictor.url)
        elsewhere = ask("--url", f"{predictor.url}/metrics?")
        promote(store, mixed_model())
        predictor.wait_for_workers(2, 1)
        mixed = ask("--url", predictor.url)
    assert (shown.status, shown.error) == (0, "")
    assert re.search(r'age +22\n +fare +71\n +member +true\n +colour +"green"\n', mixed.output)
    assert re.search(
        r"^POST .*\n +width +-4\n +height +-3.466666666666667\nResponse:\n\{\n", shown.output
    )
    assert '"model_version": 1' in shown.output
    assert '"label": "small"' in shown.output
    assert elsewhere == (
        1,
        "",
        f"error: The service at {predictor.url}/metrics? is not a predictor.\n",
    )


def test_the_client_reports_that_no_predictor_responds(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # it does not listen
        port = nobody.getsockname()[1]
        monkeypatch.setenv("PREDICTOR_PORT", str(port))
        shown = ask()
    assert (shown.status, shown.output) == (1, "")
    assert f"No predictor responds at http://127.0.0.1:{port}" in shown.error
    assert "make run" in shown.error
    assert len(shown.error.splitlines()) == 1


def test_the_client_names_a_malformed_setting(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTOR_PORT", "none")
    shown = ask()
    assert (shown.status, shown.output) == (1, "")
    assert shown.error.startswith("error: The setting PREDICTOR_PORT is malformed: ")

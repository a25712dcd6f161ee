"""docs/proxies.md: its settings are read, its commands run, and its lists are the code's.

`tests/browser` runs its nginx configuration and its JavaScript.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gatekeeper.settings import GatekeeperSettings
from predictor.settings import PredictorSettings
from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.http.front.cross_origins import CrossOrigins
from shared.settings import load_settings
from shared.store.store import open_for_writing
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import running_predictor
from tests.support.project import ROOT
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeper_thread import gatekeeper_thread

TEXT = (ROOT / "docs" / "proxies.md").read_text()
BLOCKS = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
ASSIGNMENTS = [block for block in BLOCKS if "python" not in block]
(COMMANDS,) = (block for block in BLOCKS if "python" in block)
HOST = "https://models.example.com"


def test_each_setting_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [line.split("=", 1) for line in "".join(ASSIGNMENTS).splitlines()]
    for name, value in given:
        monkeypatch.setenv(name, value)
    settings = {
        "PREDICTOR": load_settings(PredictorSettings),
        "GATEKEEPER": load_settings(GatekeeperSettings),
    }
    for name, value in given:
        service, _, field = name.partition("_")
        assert getattr(settings[service], field.lower()) == value


def test_the_commands_reach_services_below_a_path(tmp_path: Path) -> None:
    store = open_for_writing(tmp_path / "store", CANDIDATES, MODELS, DECISIONS, SERVING)
    promote(store, toy_model())
    with (
        gatekeeper_thread(store.layout.root, GATEKEEPER_ROOT_PATH="/ml/gate") as gate,
        running_predictor(store, tmp_path / "log", PREDICTOR_ROOT_PATH="/ml/churn") as predictor,
    ):
        predictor.wait_until_ready()
        script = COMMANDS.replace(f"{HOST}/ml/gate", f"{gate.url}/ml/gate")
        script = script.replace(f"{HOST}/ml/churn", f"{predictor.url}/ml/churn")
        rollback = script.splitlines()[0].replace(" status", " rollback 1")
        done = subprocess.run(
            ["sh", "-c", (script + rollback).replace(".venv/bin/python", sys.executable)],
            cwd=ROOT,
            env={**os.environ, "STORE_DIR": str(store.layout.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "v1 is in production" in done.stdout, done
        assert f"POST {predictor.url}/ml/churn/predict" in done.stdout
        assert "Version 1 is already in production. (HTTP 409)" in done.stderr, done


def test_the_page_lists_the_headers_of_both_directions() -> None:
    sent, read = re.findall(r"^- (?:A page may send|It can read) (.*)\.$", TEXT, re.MULTILINE)
    headers = dict(CrossOrigins(["https://a.example"]).allow_preflight(b"https://a.example"))
    constant = dict(CrossOrigins(["*"]).every_response)
    for line, listed in (
        (sent, headers[b"access-control-allow-headers"].decode()),
        (read, constant["access-control-expose-headers"]),
    ):
        assert {name.lower() for name in re.findall("`(.*?)`", line)} == set(listed.split(", "))

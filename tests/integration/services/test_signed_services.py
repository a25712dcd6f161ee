"""The three services as processes, with and without keys."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.contract.layout import MANIFEST, MANIFEST_SIGNATURE, ONNX_MODEL
from shared.contract.signatures import verify_manifest, verify_registry
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from tests.support.stores.builders import promote
from tests.support.stores.gatekeeping import clean_environment, running_gatekeeper
from tests.support.stores.signing import Keys
from tests.support.tables.tables import blobs_csv

ASK = {"features": [1, 2]}


def has_loaded_cryptography(pid: int) -> bool:
    """Return whether a process has mapped the library of `cryptography`."""
    return "/cryptography/" in Path(f"/proc/{pid}/maps").read_text()


def error_of(predictor: PredictorProcess) -> str:
    """Wait until its worker's heartbeat reports an error and return it."""
    beats = predictor.store.heartbeats.all
    return wait_for(
        lambda: next((beat.last_error for beat in beats() if beat.last_error), None), "an error"
    )


def version_of(predictor: PredictorProcess) -> str:
    return plain_http.post(f"{predictor.url}/predict", json=ASK).headers["x-model-version"]


TABLE = """
import atexit, sys
from pathlib import Path
from sklearn.linear_model import LogisticRegression

CANDIDATES = {"linear": LogisticRegression()}
atexit.register(lambda: Path("modules").write_text(" ".join(sys.modules)))
"""


def train(directory: Path, store: ModelStore, **variables: object) -> set[str]:
    """Run the trainer successfully. Return the packages that it imported."""
    blobs_csv(directory / "blobs.csv")
    (directory / "table.py").write_text(TABLE)
    settings = {
        "TRAINER_DATASET": "blobs.csv",
        "TRAINER_TARGET": "size",
        "TRAINER_CANDIDATES": "table:CANDIDATES",
        "PYTHONPATH": ROOT,
    }
    done = subprocess.run(
        [sys.executable, "-m", "trainer", "--require-promotion"],
        cwd=directory,
        env=clean_environment(store.layout.root, **settings, **variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    modules = (directory / "modules").read_text().split()
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize("is_signed", [True, pytest.param(False, marks=pytest.mark.thorough)])
def test_a_model_is_trained_gated_and_served_with_keys_or_without(
    store: ModelStore, tmp_path: Path, keys: Keys, *, is_signed: bool
) -> None:
    """Without keys, nothing of `cryptography` is imported."""

    def of(service: str) -> dict[str, Any]:
        return keys.settings(service) if is_signed else {}

    root = store.layout.root
    with (
        running_gatekeeper(root, tmp_path / "gatekeeper", **of("gatekeeper")) as gatekeeper,
        running_predictor(store, tmp_path / "predictor", **of("predictor")) as predictor,
    ):
        imported = train(tmp_path, store, **of("trainer"))
        predictor.wait_for_workers(1, 1)
        assert version_of(predictor) == "1"
        assert has_loaded_cryptography(gatekeeper.process.pid) == is_signed
        assert has_loaded_cryptography(predictor.worker_pid) == is_signed
        assert ("cryptography" in imported) == is_signed
        gatekeeper.stop()  # a killed one may leave half a file
    assert check_store(store) == []
    directory = store.layout.candidate(store.candidates.ids()[0])
    signature = directory / MANIFEST_SIGNATURE
    assert signature.exists() == is_signed
    assert (b'"signature"' in store.layout.registry.read_bytes()) == is_signed
    if is_signed:
        claims = (directory / MANIFEST).read_bytes()
        assert str(keys.directory).encode() not in claims
        verify_manifest(claims, signature.read_bytes(), keys.trainers, signature)
        registry = store.layout.registry
        verify_registry(registry.read_bytes(), keys.gatekeepers, registry)


def test_a_cold_start_on_an_unsigned_registry_is_not_ready_and_says_why(
    store: ModelStore, tmp_path: Path, keys: Keys
) -> None:
    promote(store, toy_model())
    with running_predictor(store, tmp_path / "log", **keys.settings("predictor")) as predictor:
        assert "is not signed" in error_of(predictor)
        answer = plain_http.get(f"{predictor.url}/readyz")
        assert (answer.status_code, "is not signed" in answer.text) == (503, True)
        assert plain_http.post(f"{predictor.url}/predict", json=ASK).status_code == 503
        assert "The registry is not followed" in predictor.output()
        page = plain_http.get(f"{predictor.url}/metrics").text
        assert re.search(r"^modelgate_predictor_error\S* 1", page, re.MULTILINE), page
        promote(store, toy_model(), key=keys.gatekeeper)
        predictor.wait_until_ready()
        assert version_of(predictor) == "2"


def test_a_predictor_refuses_an_older_registry_while_running_and_after_a_restart(
    store: ModelStore, tmp_path: Path, keys: Keys
) -> None:
    promote(store, toy_model(), key=keys.gatekeeper)
    older = store.layout.registry.read_bytes()
    promote(store, toy_model(bias=1.0), key=keys.gatekeeper)
    for log in ("first", "restarted"):
        with running_predictor(store, tmp_path / log, **keys.settings("predictor")) as predictor:
            predictor.wait_for_workers(2, 1)
            store.layout.registry.write_bytes(older)
            assert "went back from version 2 to 1" in error_of(predictor)
            assert version_of(predictor) == "2"
            assert "went back from version 2 to 1" in predictor.output()


def test_a_signed_registry_does_not_make_an_altered_model_good(
    store: ModelStore, tmp_path: Path, keys: Keys
) -> None:
    promote(store, toy_model(), key=keys.gatekeeper)
    with running_predictor(store, tmp_path / "log", **keys.settings("predictor")) as predictor:
        predictor.wait_for_workers(1, 1)
        other = toy_model(bias=1.0)
        with store.models.staging() as staging:
            for name, data in other.files.items():
                (staging / name).write_bytes(data)
            store.models.publish(staging, other.digest)
        served = store.layout.model(other.digest) / ONNX_MODEL
        served.write_bytes(bytes(reversed(served.read_bytes())))
        promote(store, other, key=keys.gatekeeper)
        assert "its descriptor says" in error_of(predictor)
        assert version_of(predictor) == "1"


BROKEN: list[tuple[str, str, Callable[[Keys], object]]] = [
    ("trainer", "TRAINER_SIGNING_KEY", lambda keys: keys.directory / "trainer.pub.pem"),
    ("gatekeeper", "GATEKEEPER_SIGNING_KEY", lambda keys: keys.directory / "nothing.pem"),
    ("gatekeeper", "GATEKEEPER_TRAINER_KEYS", lambda keys: keys.directory / "trainer.pem"),
    ("predictor", "PREDICTOR_GATEKEEPER_KEYS", lambda keys: keys.directory / "gatekeeper.pem"),
]


@pytest.mark.parametrize(("service", "variable", "file"), BROKEN, ids=[b[1] for b in BROKEN])
def test_a_key_that_cannot_be_used_stops_the_start_with_one_sentence(
    store: ModelStore, keys: Keys, service: str, variable: str, file: Callable[[Keys], object]
) -> None:
    path = file(keys)
    done = subprocess.run(
        [sys.executable, "-m", service],
        cwd=ROOT,
        env=clean_environment(
            store.layout.root, **{variable: path, "GATEKEEPER_PORT": 0, "PREDICTOR_PORT": 0}
        ),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == (2 if service == "trainer" else 1)
    (line,) = [line for line in done.stderr.splitlines() if str(path) in line]
    assert "Traceback" not in done.stderr
    assert line.startswith(("error: The", f"The {service} cannot start. The"))
    assert store.candidates.ids() == []

"""A run with a threshold: console, store, gate, pages and predictor say the same."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.model_selection import FixedThresholdClassifier

from gatekeeper.client_output import show_candidate
from gatekeeper.policy.terms.gate_policy import GatePolicy
from predictor.http.routes import describe_worker
from shared.contract.documents import Manifest
from shared.contract.layout import ARTEFACT, CANDIDATES, DECISIONS, JOBLIB_MODEL, MODELS
from shared.errors import UndecidedError
from shared.inference.dataframe import to_frame
from shared.maintenance.store_checker import check_store
from shared.settings import CommonSettings
from shared.store.store import ModelStore, open_for_writing
from tests.integration.predictor.polled_predictor import Predictor
from tests.support.http import plain_http
from tests.support.stores.gatekeeper_thread import gatekeeper_thread
from tests.support.stores.gatekeeping import gatekeeper_of, outcomes
from tests.support.tables.tables import blobs_csv, two_blobs
from trainer.console import Console
from trainer.settings import TrainerSettings
from trainer.training import train

TABLE = "tests.unit.trainer.small_table:CANDIDATES"


@dataclass
class Run:
    """A store with its gate, and the output of each run."""

    store: ModelStore
    data: Path
    output: str = ""

    def train(self, metric: str = "accuracy", **settings: Any) -> Manifest:
        """Train and publish, and let the gate decide."""
        run: dict[str, Any] = {"dataset": self.data, "target": "size", "candidates": TABLE}
        own = TrainerSettings(wait_seconds=0.0, **run | settings)
        console = StringIO()
        common = CommonSettings(store_dir=self.store.layout.root, metric=metric)
        with pytest.raises(UndecidedError):
            train(common, own, Console(console))
        self.output = console.getvalue()
        gatekeeper_of(self.store, GatePolicy(metric=metric, min_improvement=-1.0)).poll()
        return self.store.candidates.manifest(self.store.candidates.ids()[-1])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("threshold")
    store = open_for_writing(folder / "store", CANDIDATES, MODELS, DECISIONS)
    return Run(store, blobs_csv(folder / "blobs.csv"))


@pytest.fixture(scope="module")
def thresholded(run: Run) -> Manifest:
    """Publish a model without a threshold, then one with a threshold; both are promoted."""
    run.train()
    return run.train(threshold=0.45)


@pytest.fixture(scope="module")
def pages(run: Run, thresholded: Manifest) -> Iterator[str]:
    with gatekeeper_thread(run.store.layout.root) as running:
        yield running.url


def test_the_output_says_the_threshold_and_shows_the_baseline(
    run: Run, thresholded: Manifest
) -> None:
    assert thresholded.settings["threshold"] == 0.45
    lines = run.output.splitlines()
    assert "Threshold: 1 from probability 0.45" in lines
    (baseline,) = (line for line in lines if line.startswith("  baseline "))
    assert len(baseline.split()) == 7, "each column but the seconds"
    assert any(
        line.startswith("  The baseline always answers the most frequent class") for line in lines
    )
    assert not any(line.startswith("warning") for line in lines)


def test_the_store_has_both_and_the_first_model_has_no_threshold(
    run: Run, thresholded: Manifest
) -> None:
    assert check_store(run.store) == []
    assert thresholded.threshold is not None
    assert thresholded.threshold.model_dump() == {"label": "1", "probability": 0.45}
    assert thresholded.baseline is not None
    assert thresholded.baseline.holdout_metrics.keys() >= {"accuracy", "roc_auc"}
    first = run.store.candidates.ids()[0]
    directory = run.store.layout.candidate(first)
    assert run.store.candidates.manifest(first).threshold is None
    assert b"threshold" not in (directory / ARTEFACT).read_bytes()


def test_the_gate_scores_labels_of_the_threshold(run: Run, thresholded: Manifest) -> None:
    decision = run.store.decision_log().decision_on(thresholded.candidate_id)
    assert decision is not None
    assert decision.scores["challenger"] == pytest.approx(thresholded.holdout_metrics["accuracy"])
    assert outcomes(run.store) == ["promoted", "promoted"]


def test_the_pickle_for_people_has_the_threshold_too(run: Run, thresholded: Manifest) -> None:
    directory = run.store.layout.candidate(thresholded.candidate_id)
    pipeline = joblib.load(directory / JOBLIB_MODEL)
    assert isinstance(pipeline, FixedThresholdClassifier)
    frame = to_frame(two_blobs().rows, thresholded.data.features)
    shares = pipeline.predict_proba(frame)[:, 1]
    assert pipeline.predict(frame).tolist() == (shares >= 0.45).astype(int).tolist()


def test_pages_and_the_command_line_show_both(pages: str, run: Run, thresholded: Manifest) -> None:
    first, second = run.store.candidates.ids()[:2]
    page = plain_http.get(f"{pages}/page/candidates/{second}").text
    assert "<p>Threshold: 1 from probability 0.45</p>" in page
    assert "; baseline 0." in page
    assert "it always answers the most frequent class" in page
    assert "Threshold:" not in plain_http.get(f"{pages}/page/candidates/{first}").text
    compared = plain_http.get(f"{pages}/page/compare?candidate={first}&candidate={second}").text
    assert "the most probable class" in compared
    assert "1 from probability 0.45" in compared
    assert compared.count("always the most frequent class") == 2
    shown = show_candidate(plain_http.get(f"{pages}/candidates/{second}").json())
    assert re.search(r"^threshold +1 from probability 0.45$", shown, re.MULTILINE)
    assert "on holdout: always the most frequent class" in shown


def test_the_predictor_says_the_threshold_and_answers_by_it(
    run: Run, thresholded: Manifest
) -> None:
    predictor = Predictor(run.store)
    predictor.step()
    served = predictor.manager.served
    assert served is not None
    assert served.registry.candidate_id == thresholded.candidate_id
    assert describe_worker("a", predictor.manager.status, None).threshold == thresholded.threshold
    found = served.model.servable.predict(two_blobs().rows)
    assert found.probabilities is not None
    assert found.values.tolist() == (found.probabilities[:, 1] >= 0.45).tolist()


def test_a_model_of_noise_is_not_better_than_the_baseline_and_warned_about(
    store: ModelStore, tmp_path: Path
) -> None:
    random = np.random.default_rng(0)
    rows = zip(random.normal(size=300), random.random(300) < 0.2, strict=True)
    noise = tmp_path / "noise.csv"
    noise.write_text("width,size\n" + "".join(f"{x},{int(y)}\n" for x, y in rows))
    run = Run(store, noise)

    manifest = run.train()

    assert manifest.baseline is not None
    assert manifest.holdout_metrics["accuracy"] <= manifest.baseline.holdout_metrics["accuracy"]
    (warning,) = (line for line in run.output.splitlines() if line.startswith("warning: "))
    assert "is not better than the baseline on the holdout: accuracy" in warning
    with gatekeeper_thread(run.store.layout.root) as running:
        page = plain_http.get(f"{running.url}/page/candidates/{manifest.candidate_id}").text
    assert '<p class="alert">' in page
    assert "learnt nothing useful" in page

"""`make screenshots`: take the pictures of docs/images from real services."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.store.store import ModelStore, open_for_writing
from tests.browser.live_day import serve_for_a_day
from tests.support.processes.predictor import running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT
from tests.support.stores.fake_services import worker
from tests.support.stores.gatekeeping import Running, running_gatekeeper
from tests.support.stores.trained import trained
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings

IMAGES = ROOT / "docs" / "images"
WIDTH, HEIGHT = 1000, 930
LIVE_HEIGHT = 1560
FORM_HEIGHT = 860
ENTERED = {"mean concave points": "0.09", "worst radius": "19", "worst concave points": "0.2"}
"""Values that are entered into the form, so that the model is not sure."""
RUNS: tuple[tuple[str, int, Any], ...] = (
    ("decision_tree", 250, DecisionTreeClassifier(max_depth=2, random_state=0)),
    ("random_forest", 400, RandomForestClassifier(random_state=0)),
    ("decision_tree", 450, DecisionTreeClassifier(max_depth=1, random_state=0)),
    ("logistic_regression", 500, make_pipeline(StandardScaler(), LogisticRegression())),
    ("decision_tree", 569, DecisionTreeClassifier(max_depth=1, random_state=0)),
    ("logistic_regression", 569, make_pipeline(StandardScaler(), LogisticRegression())),
)
"""Name, number of rows and estimator of each run."""


def main() -> None:
    """Train on more and more rows, then take pictures of the gatekeeper's pages."""
    with TemporaryDirectory() as directory:
        root, log = Path(directory) / "store", Path(directory) / "log"
        store = open_for_writing(root, CANDIDATES, MODELS, DECISIONS, SERVING)
        with running_gatekeeper(root, log) as running:
            for number, (name, rows, estimator) in enumerate(RUNS, start=1):
                trained(store, first_rows(rows), estimator, name=name)
                wait_for(partial(_has_decided, store, number), "a decision")
            _photograph(store, running)
        with running_predictor(store, log) as predictor:
            predictor.wait_until_ready()
            _photograph_form(predictor.url)
        served = open_for_writing(Path(directory) / "served", MODELS, DECISIONS, SERVING)
        serve_for_a_day(served)
        with running_gatekeeper(served.layout.root, Path(directory) / "served.log") as running:
            _photograph_live(running)


def _has_decided(store: ModelStore, number: int) -> bool:
    return len(store.decision_log().entries) == number


def first_rows(count: int) -> Dataset:
    """Return *count* rows of scikit-learn's breast cancer data, always in the same order."""
    data = load_dataset(TrainerSettings(), "accuracy")
    chosen = np.random.default_rng(0).permutation(len(data.rows))[:count]
    return replace(data, rows=data.rows[chosen], target=data.target[chosen])


def _photograph(store: ModelStore, running: Running) -> None:
    registry = store.registry.read()
    assert registry is not None
    for number in (1, 2):
        beat = worker(f"host-{16 + number}-5f0c9a3e", registry.version)
        store.heartbeats.write(beat.model_copy(update={"loaded_at": registry.promoted_at}))
    refused = next(d.number for d in store.decision_log().decisions() if d.failed)
    IMAGES.mkdir(exist_ok=True)
    with browser_page(HEIGHT) as page:
        page.goto(running.url)
        page.screenshot(path=IMAGES / "overview.png")
        page.emulate_media(color_scheme="dark")
        page.goto(f"{running.url}/page/decisions/{refused}")
        page.screenshot(path=IMAGES / "decision.png")


@contextmanager
def browser_page(height: int) -> Iterator[Page]:
    """Open an empty page of a browser."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser.new_page(viewport={"width": WIDTH, "height": height})
        browser.close()


def _photograph_live(running: Running) -> None:
    with browser_page(LIVE_HEIGHT) as page:
        page.goto(f"{running.url}/live")
        page.screenshot(path=IMAGES / "live.png")


def _photograph_form(url: str) -> None:
    with browser_page(FORM_HEIGHT) as page:
        page.goto(url)
        for name, value in ENTERED.items():
            page.get_by_label(name, exact=True).fill(value)
        page.get_by_role("button", name="Predict").click()
        page.get_by_text("Answered by").wait_for()
        page.evaluate("scrollTo(0, 0)")
        page.screenshot(path=IMAGES / "form.png")


if __name__ == "__main__":
    main()

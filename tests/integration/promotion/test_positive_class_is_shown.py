"""A score of one class names this class: output, decision, pages, command line and predictor."""

from io import StringIO
from pathlib import Path

import pytest

from gatekeeper import client
from gatekeeper.policy.terms.gate_policy import GatePolicy
from predictor.http.routes import describe_worker
from shared.errors import UndecidedError
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.integration.predictor.polled_predictor import Predictor
from tests.support.http import plain_http
from tests.support.stores.gatekeeper_thread import gatekeeper_thread
from tests.support.stores.gatekeeping import gatekeeper_of
from tests.support.tables.tables import blobs_csv
from trainer.console import Console
from trainer.settings import TrainerSettings
from trainer.training import train


def run(store: ModelStore, data: Path, metric: str) -> list[str]:
    """Train, publish and decide. Return the trainer's output."""
    console = StringIO()
    own = TrainerSettings(
        dataset=data,
        target="size",
        candidates="tests.unit.trainer.small_table:CANDIDATES",
        wait_seconds=0.0,
        positive_label="0",
    )
    common = CommonSettings(store_dir=store.layout.root, metric=metric)
    with pytest.raises(UndecidedError):
        train(common, own, Console(console))
    gatekeeper_of(store, GatePolicy(metric=metric)).poll()
    return console.getvalue().splitlines()


@pytest.mark.parametrize(("metric", "positive"), [("f1", "0"), ("accuracy", None)])
def test_a_score_of_one_class_names_it_where_it_is_shown(
    store: ModelStore,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    metric: str,
    positive: str | None,
) -> None:
    output = run(store, blobs_csv(tmp_path / "blobs.csv"), metric)

    assert ("Positive class: 0" in output) == bool(positive)
    checks = store.decision_log().entries[-1].decision.checks
    (check,) = (check for check in checks if check.name == "metric-matches")
    said = f"selected by {metric}, which measures the class '0'."
    assert (said in check.message) == bool(positive)
    (candidate,) = store.candidates.ids()
    predictor = Predictor(store)
    predictor.step()
    assert describe_worker("a", predictor.manager.status, None).positive_class == positive
    with gatekeeper_thread(store.layout.root, METRIC=metric) as running:
        for page in ("", f"page/candidates/{candidate}"):
            shown = plain_http.get(f"{running.url}/{page}").text
            assert ("<p>Positive class: 0</p>" in shown) == bool(positive), page
        assert client.main(["--url", running.url, "registry"]) == 0
    assert ("\npositive class  0\n" in capsys.readouterr().out) == bool(positive)

"""A minority is protected: also if it is small, and if its column is not a feature."""

from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import NPZ_MEDIA_TYPE, Decision
from shared.contract.layout import HOLDOUT, ONNX_MODEL
from shared.errors import UndecidedError
from shared.inference.onnx_servable import OnnxServable
from shared.scoring.holdout_file import Holdout, encode_holdout
from shared.scoring.slice_columns import SliceColumn, SliceColumns
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.models.toy import ToyModel, toy_model
from tests.support.stores.builders import ToyCandidate, toy_candidate
from tests.support.stores.decisions import check_of, decided
from tests.support.stores.gatekeeping import ACCURACY, gatekeeper_of, with_file
from tests.support.tables.tables import write_csv
from trainer.console import Console
from trainer.settings import TrainerSettings
from trainer.training import train

ROWS, MINORITY = 2000, 99
CHAMPION, CHALLENGER = toy_model((1.0, 1.0)), toy_model((1.0, -1.0))
GROUP = SliceColumn(name="group", type="category", categories=("majority", "minority"))
BY_GROUP = ACCURACY.model_copy(update={"slices": "group"})


def answers(model: ToyModel, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return OnnxServable(model.files[ONNX_MODEL], model.artefact).predict(rows).values


def on_rows(model: ToyModel, kept: str = "group", code: float = 1.0) -> ToyCandidate:
    """Build a candidate on 2,000 rows. The first 99 are the minority.

    The challenger is wrong on all of them, where the champion is right. It wins 99 other rows.
    """
    rows = np.random.default_rng(1).normal(size=(4 * ROWS, 2)) * 3
    differs = answers(CHAMPION, rows) != answers(CHALLENGER, rows)
    rows = np.vstack([rows[differs][: 2 * MINORITY], rows[~differs][: ROWS - 2 * MINORITY]])
    truth = answers(CHAMPION, rows).astype(np.int64)
    truth[MINORITY : 2 * MINORITY] = 1 - truth[MINORITY : 2 * MINORITY]
    group = np.where(np.arange(ROWS) < MINORITY, code, 0.0)
    column = GROUP.model_copy(update={"name": kept})
    holdout = Holdout(rows, truth, kept=SliceColumns((column,), group[:, None]))
    found = with_file(toy_candidate(model), HOLDOUT, NPZ_MEDIA_TYPE, encode_holdout(holdout))
    score = float((answers(model, rows) == truth).mean())
    return found.with_manifest(holdout_metrics={"accuracy": score})


def decide(store: ModelStore, candidate: ToyCandidate, policy: GatePolicy) -> Decision:
    return decided(store, candidate.publish(store), policy)


def test_a_minority_of_99_rows_is_listed_with_its_results(store: ModelStore) -> None:
    assert decide(store, on_rows(CHAMPION), BY_GROUP).outcome == "promoted"
    decision = decide(store, on_rows(CHALLENGER), BY_GROUP)
    assert decision.outcome == "promoted", "the default only informs"
    drop, coverage = check_of(decision, "slice-drop"), check_of(decision, "slice-coverage")
    assert "No slice drops" not in drop.message
    assert drop.message.endswith(
        "1 slice with fewer than 100 rows or without a score is not judged."
    )
    (found,) = coverage.observed["slices"]
    assert (found["value"], found["rows"]) == ("minority", MINORITY)
    assert (found["challenger"], found["champion"]) == (0.0, 1.0)
    assert found["interval"][1] < -0.9
    assert "'group' is 'minority' (99 rows): 0.0000, production 1.0000" in coverage.message
    assert [check.name for check in decision.not_checked] == [
        "holdout-unseen",
        "holdout-retained",
        "slice-coverage",
        "live-rows-answered",
    ]


@pytest.mark.parametrize(
    ("limits", "failed"),
    [
        ({"slice_required": True}, ["slice-coverage"]),
        ({"slice_rows": 99}, ["slice-drop"]),
        ({"slice_rows": 99, "slice_drop": 0.99, "slice_floor": 0.5}, ["slice-drop", "slice-floor"]),
        ({"slice_rows": 99, "slice_drop": 0.99, "slice_gap": 0.9}, ["slice-drop", "slice-gap"]),
    ],
    ids=["required", "fewer rows", "floor", "gap"],
)
def test_settings_refuse_a_model_that_is_wrong_on_the_minority(
    store: ModelStore, limits: dict[str, object], failed: list[str]
) -> None:
    decide(store, on_rows(CHAMPION), ACCURACY)
    decision = decide(store, on_rows(CHALLENGER), BY_GROUP.model_copy(update=limits))
    assert [check.name for check in decision.failed] == failed


def test_the_first_model_must_clear_the_floor_of_each_slice(store: ModelStore) -> None:
    limits = {"slice_rows": 99, "slice_floor": 0.5}
    decision = decide(store, on_rows(CHALLENGER), BY_GROUP.model_copy(update=limits))
    assert [check.name for check in decision.failed] == ["slice-floor"]
    assert check_of(decision, "slice-drop").message == (
        "No model was in production to compare the slices with."
    )


def test_a_column_that_no_candidate_keeps_is_refused_with_the_setting(store: ModelStore) -> None:
    decision = decide(store, on_rows(CHAMPION, kept="groups"), BY_GROUP)
    message = check_of(decision, "slice-drop").message
    assert not check_of(decision, "slice-drop").passed
    assert "Set TRAINER_SLICE_COLUMNS to keep such columns. Did you mean 'groups'?" in message


def test_malformed_columns_refuse_the_candidate(store: ModelStore) -> None:
    decision = decide(store, on_rows(CHAMPION, code=2.0), BY_GROUP)
    assert [check.name for check in decision.failed] == ["schema-compatible"]
    assert "values of 'group' that are not codes of a category" in decision.failed[0].message


def test_a_column_of_a_table_is_kept_and_is_in_no_other_file(
    store: ModelStore, tmp_path: Path
) -> None:
    random = np.random.default_rng(2)
    x = random.normal(size=400)
    secret = np.where(random.random(400) < 0.3, "zebra-secret", "quagga-secret")
    table = {
        "x": x.tolist(),
        "y": random.normal(size=400).tolist(),
        "herd": secret.tolist(),
        "label": ((x > 0) ^ (random.random(400) < 0.1)).astype(int).tolist(),
    }
    write_csv(tmp_path / "herds.csv", table)
    output = StringIO()
    own = TrainerSettings(
        dataset=tmp_path / "herds.csv",
        target="label",
        slice_columns="herd",
        candidates="tests.integration.promotion.split_by_time_tables:STEADY",
        wait_seconds=0,
    )
    common = CommonSettings(store_dir=store.layout.root, metric="accuracy")
    with pytest.raises(UndecidedError):
        train(common, own, Console(output))
    policy = ACCURACY.model_copy(
        update={"slices": "herd", "slice_rows": 10, "slice_floor": 0.5, "slice_gap": 0.5}
    )
    gatekeeper_of(store, policy).poll()
    assert "Kept for slices: 'herd'; not features" in output.getvalue()
    (candidate_id,) = store.candidates.ids()
    manifest = store.candidates.manifest(candidate_id)
    assert manifest.data.slice_columns == ("herd",)
    files = [*store.layout.candidate(candidate_id).iterdir()]
    files += [path for path in store.layout.models.rglob("*") if path.is_file()]
    assert [path.name for path in files if b"zebra-secret" in path.read_bytes()] == [HOLDOUT]
    decision = store.decision_log().decision_on(candidate_id)
    assert decision is not None
    assert decision.outcome == "promoted"
    values = {each["value"] for each in check_of(decision, "slice-floor").observed}
    assert values == {"zebra-secret", "quagga-secret"}

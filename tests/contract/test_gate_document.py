"""docs/gate.md has every check and setting of the gate, and its numbers are right."""

import os
import pickle  # what it does is the point
import re
from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np
import pytest
from onnx import ModelProto
from scipy.stats import binom, binomtest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from gatekeeper.policy.check_names import PROBATION_CHECKS, TITLES, VERSION_RESTORABLE
from gatekeeper.settings import GatekeeperSettings
from shared.contract.layout import ONNX_MODEL
from shared.inference.onnx_servable import OnnxServable
from shared.inference.servable import Rows
from shared.scoring.row_hash_file import RowHashes
from tests.contract.exact_power import passes_by_default, passes_when_sure
from tests.support.models.served import logistic_regression
from tests.support.models.toy import ToyModel
from tests.support.project import ROOT
from tests.support.stores.signing import Keys
from trainer.dataset.load import load_dataset
from trainer.dataset.row_hashing import hash_splits
from trainer.dataset.split import Splits, split_dataset
from trainer.export.golden_rows import GOLDEN_ROWS
from trainer.settings import TrainerSettings

TEXT = (ROOT / "docs" / "gate.md").read_text()
PROBATION = (ROOT / "docs" / "probation.md").read_text()
NOT_ABOUT_THE_GATE = {
    *("host", "port", "published", "allowed_hosts", "root_path", "tls_cert", "tls_key"),
    *(
        "token_file",
        "poll_seconds",
        "signing_key",
        "keep_models",
        "webhooks",
        "webhook_secret_file",
    ),
    *("evaluation_seconds", "evaluation_memory_mib", "drift_index", "drift_alarms_per_year"),
    "live_score_rows",
    *("probation_minutes", "probation_max_failures", "probation_max_p95_ms"),
}


def test_every_check_is_explained_with_its_id_and_title() -> None:
    for check_id, title in TITLES.items():
        text = PROBATION if check_id in PROBATION_CHECKS else TEXT
        assert check_id == VERSION_RESTORABLE or f"**`{check_id}`: {title}**" in text


def test_every_setting_of_the_gate_is_explained() -> None:
    settings = GatekeeperSettings.model_fields.keys() - NOT_ABOUT_THE_GATE
    named = {name for name in settings if f"GATEKEEPER_{name.upper()}" in TEXT}
    assert settings - named - {"skip_identical", "allow_schema_change"} == set()


class Command:
    """A class that pickles as a call of the shell."""

    line = "rm -rf /store"

    def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
        return os.system, (self.line,)


def served_classes(served: ToyModel, model: bytes, rows: Rows) -> Any:
    return OnnxServable(model, served.artefact).predict(rows).values


def with_a_bit_changed(model: ModelProto, place: int, bit: int) -> bytes:
    """Change one bit of one coefficient of the model."""
    changed = ModelProto.FromString(model.SerializeToString())
    floats = floats_of(changed)
    number = np.array([floats[place]], dtype=np.float32)
    number.view(np.uint32)[0] ^= np.uint32(1 << bit)
    floats[place] = float(number[0])
    return bytes(changed.SerializeToString())


def floats_of(model: ModelProto) -> Any:
    """Return the weights of the features for both classes, without the two intercepts."""
    (node,) = (node for node in model.graph.node if node.op_type == "LinearClassifier")
    return next(each.floats for each in node.attribute if each.name == "coefficients")


def test_one_damaged_model_in_six_predicts_another_class() -> None:
    rows = load_dataset(TrainerSettings(), "f1").rows
    served = logistic_regression()
    model = ModelProto.FromString(served.files[ONNX_MODEL])
    count = len(floats_of(model))
    assert f"one of the {count} coefficients" in TEXT
    right = served_classes(served, served.files[ONNX_MODEL], rows)
    places = [divmod(number, 32) for number in range(0, 32 * count, 7)]
    others = [
        served_classes(served, with_a_bit_changed(model, place, bit), rows) for place, bit in places
    ]
    share = np.mean([(other != right).any() for other in others])
    assert 1 / 8 < share < 1 / 5, "one in six"


def test_the_size_of_a_harmful_pickle_is_right() -> None:
    size = len(pickle.dumps(Command()))
    assert f"A pickle of {size} bytes runs `{Command.line}`" in TEXT


def test_the_accuracy_with_two_swapped_columns_is_right() -> None:
    data, served = load_dataset(TrainerSettings(), "f1"), logistic_regression()
    names = [feature.name for feature in served.artefact.features]
    order = list(range(len(names)))
    one, other = (names.index(name) for name in ("mean perimeter", "mean area"))
    order[one], order[other] = other, one
    right, wrong = (
        (served_classes(served, served.files[ONNX_MODEL], rows) == data.target).mean()
        for rows in (data.rows, data.rows[:, order])
    )
    assert f"falls from {right:.3f} to {wrong:.3f}" in TEXT


def test_the_detection_rate_of_golden_rows_is_right() -> None:
    assert f"takes {GOLDEN_ROWS} rows" in TEXT
    assert f"detect it {100 * (1 - 0.9**GOLDEN_ROWS):.0f} times out of 100" in TEXT


def test_the_f1_of_a_trivial_model_is_right() -> None:
    target = load_dataset(TrainerSettings(), "f1").target
    assert f"benign has an F1 of {f1_score(target, np.ones_like(target)):.3f}" in TEXT


def test_the_size_of_a_private_key_is_right(keys: Keys) -> None:
    size = (keys.directory / "trainer.pem").stat().st_size
    assert f"a file of {size} bytes" in TEXT


def test_the_figures_about_small_differences_are_exact() -> None:
    worse, equal = (passes_by_default(400, improvement) for improvement in (-0.01, 0.0))
    assert f"percentage point lower passes in {100 * worse:.0f} % of all cases" in TEXT
    assert f"An equal one passes in {100 * equal:.0f} %" in TEXT
    readme = (ROOT / "README.md").read_text()
    assert f"less accuracy is promoted in {100 * worse:.0f} % of all cases" in readme
    assert f"equally good model in {100 * passes_when_sure(400, 0):.0f} % of all cases" in readme


def margin_rows() -> list[object]:
    """Return margin, holdout rows, table rows and the percentage of models that are half worse."""
    found = re.findall(r"^\| -(0\.\d+) \| ([\d,]+) \| ([\d,]+) \| (\d+) % \|$", TEXT, re.MULTILINE)
    assert len(found) == 4
    numbers = [[float(cell.replace(",", "")) for cell in cells] for cells in found]
    return [
        pytest.param(*row, marks=[pytest.mark.thorough] if row[1] > 2_000 else [])
        for row in numbers
    ]


@pytest.mark.parametrize(("margin", "rows", "table", "passing"), margin_rows())
def test_the_table_of_margins_is_exact(
    margin: float, rows: float, table: float, passing: float
) -> None:
    assert table == 5 * rows
    assert passes_when_sure(int(rows), 0, margin) == pytest.approx(0.8, abs=0.02)
    worse = passes_when_sure(int(rows), -margin / 2, margin)
    assert 100 * worse == pytest.approx(passing, abs=0.51)
    if margin == 0.01:
        assert f"lose {50 * 0.5 * worse:.1f} points on average" in TEXT


def test_the_figures_of_a_margin_on_too_few_rows_are_exact() -> None:
    few, many = (passes_when_sure(rows, 0, 0.005) for rows in (2_000, 10_000))
    assert f"{100 * few:.0f} % of all cases on 2,000 holdout rows" in TEXT
    assert f"and in {100 * many:.0f} % on 10,000." in TEXT


def chance_below(rows: int, floor: float, recall: float = 0.9) -> float:
    """Compute the chance that fewer than the required rows of a class are right."""
    return float(binom.cdf(np.ceil(floor * rows - 1e-9) - 1, rows, recall))


def test_the_chances_of_a_recall_below_its_floor_are_right() -> None:
    one = chance_below(5, 0.8)
    assert f"true recall of 0.9 fails in {100 * one:.0f} % of all cases" in TEXT
    assert f"one of them fails in {100 * (1 - (1 - one) ** 10):.0f} %" in TEXT
    _, after = TEXT.split("| rows of the class |")
    table = re.findall(r"^\| (\d+) \| (.*) % \|$", after, re.MULTILINE)[:4]
    for rows, cells in table:
        for floor, cell in zip((0.5, 0.7, 0.8, 0.85), cells.split(" % | "), strict=True):
            assert cell == f"{100 * chance_below(int(rows), floor):.1f}", (rows, floor)


def test_the_rows_that_a_floor_of_the_recall_needs_are_right() -> None:
    def shows(rows: int, floor: float) -> bool:
        return bool(binomtest(rows, rows).proportion_ci(0.95, "exact").low >= floor)

    low, high = (next(n for n in range(1, 99) if shows(n, floor)) for floor in (0.8, 0.9))
    assert f"A floor of 0.8 needs {low} rows" in TEXT
    assert f"a floor of 0.9 needs {high}." in TEXT


def parts_with(salt: str) -> tuple[Splits, RowHashes]:
    data = load_dataset(TrainerSettings(), "f1")
    parts = split_dataset(data, salt)
    return parts, hash_splits(data, len(parts.holdout.rows))


def test_the_scores_of_a_champion_that_remembers_rows_are_right() -> None:
    (before, known), (after, hashes) = parts_with(""), parts_with("another")
    seen = np.isin(hashes.holdout, known.fitted)
    numbers = f"{seen.sum()} of the {len(seen)} holdout rows"
    assert numbers in TEXT
    rows, truth = after.holdout.rows, after.holdout.target
    tree = DecisionTreeClassifier(random_state=0).fit(
        np.vstack([before.train.rows, before.validation.rows]),
        np.hstack([before.train.target, before.validation.target]),
    )
    honest = make_pipeline(StandardScaler(), LogisticRegression())
    honest.fit(after.train.rows, after.train.target)
    all_and_unseen = [
        (f1_score(truth, answers), f1_score(truth[~seen], answers[~seen]))
        for answers in (tree.predict(rows), honest.predict(rows))
    ]
    assert f"F1 on all {len(seen)} rows | F1 on the {(~seen).sum()} other rows" in TEXT
    for model, scores in zip(
        ("champion, a decision tree", "challenger, a logistic regression"),
        all_and_unseen,
        strict=True,
    ):
        assert "| {} | {:.3f} | {:.3f} |".format(model, *scores) in TEXT


def test_the_gain_of_dropping_half_of_the_mistakes_is_right() -> None:
    assert f"raises its accuracy from {90 / 100:.3f} to {90 / 95:.3f}" in TEXT


def test_the_rows_that_ten_losses_of_a_tenth_keep_are_right() -> None:
    assert f"keep only {100 * 0.9**10:.0f} % of the first rows" in TEXT
    limit = GatekeeperSettings.model_fields["max_holdout_loss"].default
    assert f"`GATEKEEPER_MAX_HOLDOUT_LOSS`, {limit:g})" in TEXT
    assert limit < 5 / 100, "half of ten mistakes among 100 rows are refused"


def test_the_standard_errors_of_an_accuracy_are_right() -> None:
    for rows, error in ((50, 0.042), (200, 0.021), (10_000, 0.003)):
        assert round(sqrt(0.9 * 0.1 / rows), 3) == error
        assert str(error) in TEXT
    for rows, error in ((30, 0.073), (100, 0.040)):
        assert round(sqrt(0.8 * 0.2 / rows), 3) == error
        assert f"{error:.3f}" in TEXT

"""docs/gate.md names every check and setting of the gate, and its figures are computed again."""

import re
from math import sqrt
from pathlib import Path

import numpy as np
from scipy.stats import binom
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from gatekeeper import checks
from gatekeeper.settings import GatekeeperSettings
from shared.row_hashes import RowHashes
from trainer.dataset import load_dataset
from trainer.row_hashing import hash_parts
from trainer.settings import TrainerSettings
from trainer.split import Parts, split

TEXT = (Path(__file__).parents[2] / "docs" / "gate.md").read_text()
NOT_ABOUT_THE_GATE = {
    "signing_key",
    *("host", "port", "poll_seconds", "token_file", "signing_key", "keep_models"),
    *("evaluation_seconds", "evaluation_memory_mib"),
}


def names_of_checks() -> set[str]:
    constants = {name: value for name, value in vars(checks).items() if name.isupper()}
    return {value for value in constants.values() if isinstance(value, str) and " " in value}


def test_every_check_is_explained() -> None:
    assert len(names_of_checks()) > 10
    assert {name for name in names_of_checks() if f"`{name}`" not in TEXT} == set()


def test_every_setting_of_the_gate_is_there() -> None:
    settings = GatekeeperSettings.model_fields.keys() - NOT_ABOUT_THE_GATE
    named = {name for name in settings if f"GATEKEEPER_{name.upper()}" in TEXT}
    assert settings - named - {"skip_identical", "allow_schema_change"} == set()


def chance_of_a_worse_slice(rows: int, drop: float, disagreement: float = 0.1) -> float:
    """Of two models that differ on a share of rows and win half of them each."""
    chance = 0.0
    for differing in range(rows + 1):
        allowed = (drop * rows + differing) // 2 + 1e-9
        lost_more = binom.sf(allowed, differing, 0.5)
        chance += binom.pmf(differing, rows, disagreement) * lost_more
    return chance


def test_how_often_a_slice_is_worse_by_chance() -> None:
    table = re.findall(r"^\| (\d+) \| (.*) % \|$", TEXT, re.MULTILINE)
    assert len(table) == 4
    for rows, cells in table:
        for drop, cell in zip((0.0, 0.02, 0.05, 0.1), cells.split(" % | "), strict=True):
            found = 100 * chance_of_a_worse_slice(int(rows), drop)
            assert abs(found - float(cell)) < 0.06, (rows, drop)
    assert 0.3 < 1 - (1 - chance_of_a_worse_slice(100, 0.05)) ** 10 < 0.37


def parts_with(salt: str) -> tuple[Parts, RowHashes]:
    data = load_dataset(TrainerSettings(), "f1")
    parts = split(data, salt)
    return parts, hash_parts(data, len(parts.holdout.rows))


def test_what_a_champion_gains_that_remembers_its_rows() -> None:
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
    assert (
        "has F1 {:.3f} on all of them and {:.3f} on the 21 others".format(*all_and_unseen[0])
        in TEXT
    )
    assert "as the challenger {:.3f} and {:.3f}.".format(*all_and_unseen[1]) in TEXT
    assert (~seen).sum() == 21


def test_what_dropping_half_of_the_mistakes_gains() -> None:
    assert f"makes {90 / 95:.3f} of {90 / 100:.3f}" in TEXT


def test_the_standard_errors_of_an_accuracy() -> None:
    for rows, error in ((50, 0.042), (200, 0.021), (10_000, 0.003)):
        assert round(sqrt(0.9 * 0.1 / rows), 3) == error
        assert str(error) in TEXT

"""With TRAINER_TIME, both models are compared on rows that are newer than either was fitted on."""

from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from shared.contract.check_result import CheckResult
from shared.contract.documents import Decision, Manifest
from shared.contract.layout import HOLDOUT
from shared.errors import UndecidedError
from shared.inference.build import build_servable
from shared.maintenance.store_checker import check_store
from shared.scoring.holdout_file import Holdout, decode_holdout
from shared.settings import CommonSettings
from shared.store.models import read_artefact
from shared.store.store import ModelStore
from tests.support.stores.gatekeeping import gatekeeper_of, outcomes
from tests.support.tables.tables import write_csv
from trainer.console import Console
from trainer.settings import TrainerSettings
from trainer.training import train

ROWS = 40
"""Rows of each month."""
TABLES = "tests.integration.promotion.split_by_time_tables"


def month_of(number: int) -> str:
    """Return the first day of month *number*; month 1 is January 2020."""
    return f"{2020 + (number - 1) // 12}-{(number - 1) % 12 + 1:02}-01"


class Shop:
    """A table of months: the demand drifts, and one row in five is noise."""

    def __init__(self, store: ModelStore, path: Path) -> None:
        self.store, self.path = store, path
        self.output = StringIO()

    def train(self, months: range, candidates: str, **settings: Any) -> Manifest:
        """Train on the *months*, and let a gatekeeper decide."""
        columns = ("month", "number", "price", "visits", "sold")
        table: dict[str, list[object]] = {name: [] for name in columns}
        for month in months:
            random = np.random.default_rng(month)
            price, visits = random.random(ROWS), random.random(ROWS)
            is_sold = (price > 0.4 + month / 1000) ^ (random.random(ROWS) < 0.2)
            table["month"] += [month_of(month)] * ROWS
            table["number"] += [month] * ROWS
            table["price"] += price.tolist()
            table["visits"] += visits.tolist()
            table["sold"] += is_sold.astype(int).tolist()
        write_csv(self.path, table)
        common = CommonSettings(store_dir=self.store.layout.root, metric="accuracy")
        unused = {"month", "number"} - {settings.get("time")}
        own = TrainerSettings(
            dataset=self.path,
            target="sold",
            drop=",".join(unused),
            candidates=f"{TABLES}:{candidates}",
            wait_seconds=0,
            **settings,
        )
        with pytest.raises(UndecidedError):
            train(common, own, Console(self.output))
        gatekeeper_of(self.store).poll()
        return self.store.candidates.manifest(self.store.candidates.ids()[-1])

    def holdout(self, manifest: Manifest) -> Holdout:
        directory = self.store.layout.candidate(manifest.candidate_id)
        artefact = read_artefact(directory, manifest.digest)
        return decode_holdout((directory / HOLDOUT).read_bytes(), artefact, HOLDOUT)

    def accuracy(self, digest: str, holdout: Holdout) -> float:
        model = build_servable(self.store.models.read(digest), allow_joblib=False)
        return float((model.predict(holdout.rows).values == holdout.target).mean())

    def decision_on(self, manifest: Manifest) -> Decision:
        decision = self.store.decision_log().decision_on(manifest.candidate_id)
        assert decision is not None
        return decision

    def check(self, manifest: Manifest, name: str) -> CheckResult:
        return next(c for c in self.decision_on(manifest).checks if c.name == name)


@pytest.fixture
def shop(store: ModelStore, tmp_path: Path) -> Shop:
    return Shop(store, tmp_path / "shop.csv")


def seconds(month: int) -> float:
    return float(np.datetime64(month_of(month), "s").astype(np.int64))


def test_a_retrain_with_more_months_is_compared_on_newer_months(shop: Shop) -> None:
    first = shop.train(range(1, 31), "STEADY", time="month")
    second = shop.train(range(1, 37), "STEADY", time="month")

    assert first.data.parts == {"train": 18 * ROWS, "validation": 6 * ROWS, "holdout": 6 * ROWS}
    assert "by time: the holdout begins after month 2021-12-01\n" in shop.output.getvalue()
    assert [feature.name for feature in first.data.features] == ["price", "visits"]
    for manifest, months in ((first, (24, 30)), (second, (29, 36))):
        time, holdout = manifest.data.time, shop.holdout(manifest)
        assert time is not None
        assert (time.column, time.unit, time.fitted_until) == (
            "month", "seconds", seconds(months[0]),
        )  # fmt: skip
        assert holdout.times is not None
        assert np.unique(holdout.times).tolist() == [
            seconds(month) for month in range(months[0] + 1, months[1] + 1)
        ]
    unseen = shop.check(second, "holdout-unseen")
    assert unseen.observed == {
        "rows": 7 * ROWS, "challenger": 0, "champion": 0, "compared": 7 * ROWS,
    }  # fmt: skip
    assert "version 1 was trained on rows up to month 2021-12-01" in unseen.message
    retained = shop.check(second, "holdout-retained")
    assert (retained.passed, retained.observed) == (True, 0.0)
    assert [finding for finding in check_store(shop.store) if finding.kind == "error"] == []


def test_a_champion_does_not_win_by_rows_that_it_was_fitted_on(shop: Shop) -> None:
    """The champion remembers its rows. Older months are then added, so the holdout is larger."""
    champion = shop.train(range(91, 121), "REMEMBERING", time="month")
    challenger = shop.train(range(1, 121), "STEADY", time="month")

    holdout = shop.holdout(challenger)
    assert holdout.times is not None
    is_newer = holdout.times > seconds(114)
    assert (len(holdout.target), is_newer.sum()) == (24 * ROWS, 6 * ROWS)
    assert shop.accuracy(champion.digest, holdout) > shop.accuracy(challenger.digest, holdout)
    newer = holdout.select(is_newer)
    scores = [shop.accuracy(each.digest, newer) for each in (challenger, champion)]
    assert scores[0] > scores[1] + 0.03

    assert outcomes(shop.store) == ["promoted", "promoted"]
    decision = shop.decision_on(challenger)
    assert [decision.scores[name] for name in ("challenger", "champion")] == scores
    assert shop.check(challenger, "holdout-unseen").message == (
        f"Version 1 was trained on {18 * ROWS} of these {24 * ROWS} rows; both models are "
        f"compared on the other {6 * ROWS}, which are newer than month 2029-06-01."
    )
    registry = shop.store.registry.read()
    assert registry is not None
    assert registry.candidate_id == challenger.candidate_id


def test_a_champion_that_was_split_by_hash_is_compared_on_rows_that_it_has_not_seen(
    shop: Shop,
) -> None:
    shop.train(range(1, 31), "STEADY")
    by_time = shop.train(range(1, 31), "STEADY", time="month")

    unseen = shop.check(by_time, "holdout-unseen")
    assert unseen.passed
    assert unseen.observed["rows"] == 6 * ROWS
    assert 0.7 * 6 * ROWS < unseen.observed["champion"] < 0.9 * 6 * ROWS
    assert unseen.observed["compared"] == 6 * ROWS - unseen.observed["champion"]
    assert shop.check(by_time, "holdout-retained").passed


def test_times_of_another_column_are_compared_by_hashes(shop: Shop) -> None:
    shop.train(range(91, 121), "STEADY", time="month")
    other = shop.train(range(1, 121), "STEADY", time="number")

    assert other.data.time is not None
    assert (other.data.time.unit, other.data.time.fitted_until) == ("number", 96.0)
    unseen = shop.check(other, "holdout-unseen")
    assert unseen.observed["champion"] == 18 * ROWS, "months 97 to 114"
    assert unseen.observed["compared"] == 6 * ROWS
    assert unseen.message.endswith(f"both models are compared on the other {6 * ROWS}.")


def test_a_store_goes_back_to_a_split_by_hash_only_on_purpose(shop: Shop) -> None:
    shop.train(range(1, 31), "STEADY", time="month")
    by_hash = shop.train(range(1, 31), "STEADY")
    assert not shop.check(by_hash, "holdout-retained").passed
    declared = shop.train(range(1, 31), "STEADY", new_holdout=True)
    assert shop.check(declared, "holdout-retained").passed


def test_months_that_the_champion_has_seen_cannot_decide(shop: Shop) -> None:
    shop.train(range(1, 37), "STEADY", time="month")
    older = shop.train(range(1, 24), "STEADY", time="month", new_holdout=True)
    check = shop.check(older, "holdout-unseen")
    assert not check.passed
    assert check.message.endswith("Train with more rows that are newer than month 2022-05-01.")

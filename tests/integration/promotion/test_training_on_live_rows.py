"""The next model learns from rows that production answered and whose label came back."""

from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from gatekeeper.policy.terms.gate_policy import GatePolicy
from shared.contract.documents import Artefact, Manifest
from shared.contract.layout import ARTEFACT, ONNX_MODEL, REPORT_PAGE, ROWS
from shared.errors import UndecidedError
from shared.inference.logged_rows import encode_logged_rows
from shared.inference.missing_values import list_features
from shared.inference.onnx_servable import OnnxServable
from shared.prediction_log.logged_row import LoggedAnswer
from shared.scoring.row_hash_file import decode_row_hashes
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.stores.gatekeeping import gatekeeper_of, outcomes
from tests.support.stores.logged_rows import make_row, write_labels, write_rows
from tests.support.tables.tables import write_csv
from trainer.console import Console
from trainer.settings import TrainerSettings
from trainer.training import train

TOWNS = {"Rome": 100.0, "Oslo": 200.0, "Lima": -900.0}


class Rents:
    """A table of rents without Lima, and a log of the flats there."""

    def __init__(self, store: ModelStore, path: Path) -> None:
        self.store, self.path, self.output = store, path, StringIO()
        areas = np.random.default_rng(1).integers(20, 120, 200).tolist()
        towns = ["Rome", "Oslo"] * 100
        rents = [10 * area + TOWNS[town] for area, town in zip(areas, towns, strict=True)]
        write_csv(path, {"area": areas, "town": towns, "rent": rents})

    def log_lima(self) -> None:
        rows = [
            make_row(
                f"flat {i}",
                i,
                features={"area": 20.5 + i, "town": "Lima"},
                answer=LoggedAnswer(prediction=10.0 * i),
            )
            for i in range(60)
        ]
        write_rows(self.store.layout, rows)
        labels = [(row.id, 10 * float(row.features["area"] or 0) - 900) for row in rows]
        write_labels(self.store.layout, labels)

    def train(self, *, live: bool) -> Manifest:
        common = CommonSettings(store_dir=self.store.layout.root, metric="r2")
        own = TrainerSettings(
            dataset=self.path,
            target="rent",
            candidates="tests.unit.trainer.small_table:MIXED_REGRESSORS",
            wait_seconds=0,
            live=live,
        )
        with pytest.raises(UndecidedError):
            train(common, own, Console(self.output))
        gatekeeper_of(self.store, GatePolicy(metric="r2")).poll()
        return self.store.candidates.manifest(self.store.candidates.ids()[-1])

    def read(self, manifest: Manifest, name: str) -> bytes:
        return (self.store.layout.candidate(manifest.candidate_id) / name).read_bytes()


def test_a_category_that_only_production_saw_enters_the_next_model(
    store: ModelStore, tmp_path: Path
) -> None:
    rents = Rents(store, tmp_path / "rents.csv")
    first = rents.train(live=False)
    rents.log_lima()
    second = rents.train(live=True)

    assert outcomes(store) == ["promoted", "promoted"]
    live = second.data.live
    assert live is not None
    assert (live.rows, second.data.rows, sum(live.parts.values())) == (60, 260, 60)
    assert all(live.parts.values())
    assert first.data.live is None
    line = f"Live rows: 60 of 260 rows are logged rows with labels: train {live.parts['train']}, "
    assert line in rents.output.getvalue()
    assert b"Labels exist only for answers on which" in rents.read(second, REPORT_PAGE)

    before, after = (decode_row_hashes(rents.read(m, ROWS), tmp_path) for m in (first, second))
    assert np.isin(before.holdout, after.holdout).all()
    assert np.isin(before.fitted, after.fitted).all()

    artefact = Artefact.decode(rents.read(second, ARTEFACT), ARTEFACT)
    asked = encode_logged_rows([{"area": 60.0, "town": "Lima"}], list_features(artefact))
    answer = OnnxServable(rents.read(second, ONNX_MODEL), artefact).predict(asked.rows)
    assert answer.values[0] == pytest.approx(-300, abs=60)

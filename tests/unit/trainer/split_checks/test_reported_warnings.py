"""A run, its report and the check of a table show the warnings about the split."""

from pathlib import Path

import numpy as np
import pytest

from shared.contract.layout import REPORT_PAGE
from shared.store.store import ModelStore
from tests.support.tables.split_tables import copies_beside_an_id
from tests.support.tables.tables import write_csv
from trainer import __main__ as training
from trainer import check_data

WARNING = "To keep equal rows in one split, set TRAINER_DROP=entry"


@pytest.fixture(autouse=True)
def table(usual_signals: None, only_the_store: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = copies_beside_an_id(np.random.default_rng(0))
    columns = {name: column.tolist() for name, column in made.columns.items()}
    path = write_csv(tmp_path / "table.csv", {**columns, "y": made.target.tolist()})
    only_the_store.chdir(tmp_path)
    for name, value in {
        "TRAINER_DATASET": str(path),
        "TRAINER_TARGET": "y",
        "TRAINER_WAIT_SECONDS": "0",
        "TRAINER_CANDIDATES": "tests.unit.trainer.small_table:CANDIDATES",
    }.items():
        only_the_store.setenv(name, value)


def test_a_run_warns_before_the_fits_and_records_it(
    store: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    assert training.main([]) == 4

    before, _, after = capsys.readouterr().out.partition("Scores on validation")
    assert f"{WARNING}\n" in before
    assert WARNING not in after
    (candidate,) = store.candidates.ids()
    manifest = store.candidates.manifest(candidate)
    assert [WARNING in warning for warning in manifest.data.warnings] == [True]
    assert manifest.durations["check_seconds"] > 0
    page = (store.layout.candidate(candidate) / REPORT_PAGE).read_text()
    assert page.count(f'<p class="alert">{manifest.data.warnings[0][:20]}') == 1
    assert WARNING in page
    assert "that never repeat, like an identifier" in page, "its question is a note"


def test_the_check_of_the_table_warns_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert check_data.main(["--page", str(tmp_path / "page.html")]) == 0

    assert f"{WARNING}\n" in capsys.readouterr().out
    assert WARNING in (tmp_path / "page.html").read_text()


def test_a_check_only_of_problems_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_data.main(["--only-problems"]) == 0
    assert capsys.readouterr().out == ""

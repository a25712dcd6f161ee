"""Each kind of bad input ends a scoring with one sentence, and leaves nothing behind."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from shared.errors import ModelgateError
from shared.store.store import ModelStore
from tests.integration.scoring.scored_tables import USUAL, write_table
from tests.support.models.toy import toy_model
from tests.support.stores.builders import place
from trainer.score import __main__ as command

pytestmark = pytest.mark.usefixtures("alone")


def _lists(folder: Path) -> str:
    table = pa.table({**USUAL, "tags": [[1], [2], []]})
    parquet.write_table(table, folder / "rows.parquet")
    return "out.csv"


def _cut(folder: Path) -> str:
    write_table(folder / "rows.parquet", USUAL)
    data = (folder / "rows.parquet").read_bytes()
    (folder / "rows.parquet").write_bytes(data[:-30])
    return "out.parquet"


def _written(columns: dict[str, Any], target: str = "out.parquet") -> Callable[[Path], str]:
    def write(folder: Path) -> str:
        write_table(folder / "rows.parquet", columns)
        return target

    return write


BAD_TABLES: dict[str, tuple[Callable[[Path], str], int, str]] = {
    "missing": (lambda _folder: "out.parquet", 2, "IN=rows.parquet does not exist"),
    "cut off": (_cut, 2, "IN=rows.parquet cannot be read: it does not end as a Parquet file"),
    "no rows": (_written({n: pa.array([], pa.float64()) for n in USUAL}), 2, "has no rows"),
    "lacking": (
        _written({n: v for n, v in USUAL.items() if n != "age"} | {"aeg": [1, 2, 3]}),
        2,
        "lacks 'age'",
    ),
    "times": (
        _written(USUAL | {"age": pa.array([1, 2, 3], pa.timestamp("s"))}),
        2,
        "has the type timestamp[ms], but its feature is a number",
    ),
    "other ending": (_written(USUAL, "out.xlsx"), 1, "End it with .parquet or .csv"),
    "lists in CSV": (_lists, 2, "A CSV file cannot have 'tags'"),
}


@pytest.mark.parametrize("case", BAD_TABLES.values(), ids=BAD_TABLES)
def test_an_unsuitable_table_ends_with_one_sentence_and_leaves_nothing(
    case: tuple[Callable[[Path], str], int, str],
    served: ModelStore,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write, status, message = case
    target = write(tmp_path)
    assert command.main(["rows.parquet", target]) == status
    error = capsys.readouterr().err
    assert message in error, error
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert "TRAINER_DATASET" not in error
    assert {each.name for each in Path().iterdir()} <= {"rows.parquet", "store"}


def test_rows_with_too_few_cells_are_found_before_any_row_is_scored(
    served: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["age,fare,member,colour,town", *["41,7,true,blue,Oslo"] * 9, "41,7"]
    Path("rows.csv").write_text("\n".join(lines))
    assert command.main(["rows.csv", "out.csv"]) == 2
    assert "has 2 cells in place of 5" in capsys.readouterr().err
    assert not Path("out.csv").exists()


def test_a_version_that_does_not_exist_or_was_removed_is_named(
    served: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(Path("rows.parquet"), USUAL)
    assert command.main(["rows.parquet", "a.parquet", "--version", "9"]) == 1
    assert "There is no version 9; the newest is 2." in capsys.readouterr().err
    shutil.rmtree(served.models.directory(toy_model().digest))
    assert command.main(["rows.parquet", "a.parquet", "--version", "1"]) == 1
    assert "The model of version 1 was removed from the store" in capsys.readouterr().err
    place(served, toy_model())
    model = served.models.directory(toy_model().digest) / "model.onnx"
    model.chmod(0o644)
    model.write_bytes(b"damaged")
    assert command.main(["rows.parquet", "a.parquet", "--version", "1"]) == 1
    assert "The model of version 1 is damaged" in capsys.readouterr().err


def test_without_a_store_or_a_model_the_reason_is_said(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(Path("rows.parquet"), USUAL)
    assert command.main(["rows.parquet", "a.parquet"]) == 1
    assert "No model is in production" in capsys.readouterr().err
    monkeypatch.setenv("STORE_DIR", "nowhere")
    assert command.main(["rows.parquet", "a.parquet"]) == 2
    assert "There is no store at" in capsys.readouterr().err


def test_an_existing_file_is_never_replaced(
    served: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(Path("rows.parquet"), USUAL)
    Path("mine.parquet").write_text("mine")
    assert command.main(["rows.parquet", "mine.parquet"]) == 1
    assert "exists already" in capsys.readouterr().err
    assert Path("mine.parquet").read_text() == "mine"


def test_an_error_of_the_code_is_one_sentence_too(
    served: ModelStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise ModelgateError("The model failed.")

    monkeypatch.setattr("trainer.score.scoring_run.predict_in_batches", fail)
    write_table(Path("rows.parquet"), USUAL)
    assert command.main(["rows.parquet", "a.parquet"]) == 1
    assert capsys.readouterr().err == "error: The model failed.\n"
    assert not Path("a.parquet").exists()

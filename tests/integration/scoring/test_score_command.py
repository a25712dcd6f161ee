"""`python -m trainer.score`: what it writes, and what it says about each kind of bad input."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from shared.store.store import ModelStore
from tests.integration.scoring.scored_tables import USUAL, rows_of, strange_rows, write_table
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote
from tests.support.stores.signing import Keys
from trainer.score import __main__ as command

pytestmark = pytest.mark.usefixtures("alone")


def metadata_of(path: str) -> dict[str, str]:
    """Return the project's own metadata of a Parquet file."""
    found = parquet.read_schema(path).metadata
    pairs = {key.decode(): value.decode() for key, value in found.items()}
    return {key: value for key, value in pairs.items() if key.startswith("modelgate.")}


def test_version_and_digest_are_in_the_metadata_of_parquet(
    served: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(Path("rows.parquet"), {**USUAL, "customer": [1, 2, 3]})
    assert command.main(["rows.parquet", "scored.parquet"]) == 0
    registry = served.registry.read()
    assert registry is not None
    assert metadata_of("scored.parquet") == {
        "modelgate.version": "2",
        "modelgate.digest": registry.digest,
        "modelgate.model_name": "moods",
        "modelgate.candidate_id": registry.candidate_id,
    }
    rows = rows_of(Path("scored.parquet"))
    assert [row["customer"] for row in rows] == [1, 2, 3]
    assert list(rows[0])[6:8] == ["prediction", "predicted label"]
    assert Path("scored.parquet").stat().st_mode & 0o777 == 0o600
    said = capsys.readouterr().out
    assert f"Wrote scored.parquet: 3 rows by version 2 (moods), {registry.digest}." in said
    assert sorted(each.name for each in Path().iterdir()) == [
        "rows.parquet",
        "scored.parquet",
        "store",
    ]


def test_version_and_digest_are_columns_of_csv(served: ModelStore) -> None:
    write_table(Path("rows.parquet"), USUAL)
    assert command.main(["rows.parquet", "scored.csv"]) == 0
    registry = served.registry.read()
    assert registry is not None
    table = csv.read_csv("scored.csv")
    assert table.column("model version").to_pylist() == [2, 2, 2]
    assert table.column("model digest").to_pylist() == [registry.digest] * 3


def test_an_earlier_version_scores_too(served: ModelStore) -> None:
    write_table(Path("rows.parquet"), {"width": [1.0, -3.0], "height": [2, 1]})
    assert command.main(["rows.parquet", "scored.parquet", "--version", "1"]) == 0
    assert metadata_of("scored.parquet")["modelgate.version"] == "1"
    labels = [row["predicted label"] for row in rows_of(Path("scored.parquet"))]
    assert labels == ["large", "small"]


def test_refused_rows_keep_their_place_and_say_why(
    served: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(Path("rows.parquet"), USUAL | {"age": [41.0, None, float("inf")]})
    assert command.main(["rows.parquet", "scored.parquet"]) == 0
    rows = rows_of(Path("scored.parquet"))
    assert [row["refusal"] for row in rows] == [None, "missing_value", "not_finite"]
    assert [row["prediction"] is None for row in rows] == [False, True, True]
    assert "features.age must be a finite number; found inf." in rows[2]["refusal reason"]
    assert "Refused rows: 2 (missing_value 1, not_finite 1)." in capsys.readouterr().out


def test_predictions_that_are_not_finite_are_refused(store: ModelStore) -> None:
    promote(store, toy_model())
    write_table(Path("rows.parquet"), {"width": [1e38, 1.0], "height": [3.4e38, 1.0]})
    assert command.main(["rows.parquet", "scored.parquet"]) == 0
    rows = rows_of(Path("scored.parquet"))
    assert rows[1]["refusal"] is None
    assert rows[0]["refusal"] in {None, "no_finite_answer"}


def test_csv_parquet_and_folders_give_the_same_predictions(served: ModelStore) -> None:
    columns = strange_rows(500)
    for name, values in columns.items():  # CSV has no null beside the empty string
        columns[name] = [None if str(value) in {"", " ", "nan"} else value for value in values]
    write_table(Path("rows.parquet"), columns)
    table = pa.table(columns)
    csv.write_csv(table, "rows.csv")
    Path("rows.csv.gz").write_bytes(gzip.compress(Path("rows.csv").read_bytes()))
    semicolons = csv.WriteOptions(delimiter=";")
    csv.write_csv(table, "semicolons.csv", semicolons)
    Path("folder").mkdir()
    for part in range(5):
        parquet.write_table(table.slice(100 * part, 100), f"folder/{part}.parquet")
    expected = None
    for name in ("rows.parquet", "rows.csv", "rows.csv.gz", "semicolons.csv", "folder"):
        assert command.main([name, f"{name}-scored.parquet", "--keep", "[]"]) == 0
        scored = rows_of(Path(f"{name}-scored.parquet"))
        expected = expected or scored
        assert scored == expected, name


def test_decimal_commas_are_found_and_two_readings_are_refused(
    store: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    promote(store, toy_model())
    Path("rows.csv").write_text("width;height\n1,5;-2,25\n-3;1,125\n")
    assert command.main(["rows.csv", "a.parquet"]) == 0
    Path("unclear.csv").write_text("width;height\n1,500;2\n3;4\n")
    assert command.main(["unclear.csv", "b.parquet"]) == 2
    assert 'TRAINER_CSV=\'{"decimal": ","}\'' in capsys.readouterr().err
    write_table(Path("rows.parquet"), {"width": [1.5, -3.0], "height": [-2.25, 1.125]})
    assert command.main(["rows.parquet", "c.parquet"]) == 0
    chosen = ["prediction", "probability small", "probability large"]
    first, second = rows_of(Path("a.parquet")), rows_of(Path("c.parquet"))
    assert [[row[name] for name in chosen] for row in first] == [
        [row[name] for name in chosen] for row in second
    ]


def test_the_setting_decides_between_two_readings(
    store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    promote(store, toy_model())
    Path("rows.csv").write_text("width;height\n1,500;2\n3;4\n")
    for mark, number in ((",", 1.5), (".", 1500.0)):
        monkeypatch.setenv("TRAINER_CSV", json.dumps({"decimal": mark}))
        target = f"out-{int(number)}.parquet"
        assert command.main(["rows.csv", target]) == 0
        write_table(Path("rows.parquet"), {"width": [number, 3.0], "height": [2.0, 4.0]})
        monkeypatch.delenv("TRAINER_CSV")
        assert command.main(["rows.parquet", f"same-{target}"]) == 0
        name = "probability large"
        got, want = rows_of(Path(target)), rows_of(Path(f"same-{target}"))
        assert [row[name] for row in got] == [row[name] for row in want]


def test_kept_columns_are_chosen_and_never_lose_their_names(served: ModelStore) -> None:
    write_table(Path("rows.parquet"), {**USUAL, "prediction": ["a", "b", "c"], "id": [7, 8, 9]})
    assert command.main(["rows.parquet", "s.parquet", "--keep", "id, prediction"]) == 0
    rows = rows_of(Path("s.parquet"))
    assert list(rows[0])[:3] == ["id", "prediction", "scored prediction"]
    assert [row["prediction"] for row in rows] == ["a", "b", "c"]


def test_a_path_may_begin_at_home(
    served: ModelStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    Path("home").mkdir()
    write_table(Path("home/rows.parquet"), USUAL)
    assert command.main(["~/rows.parquet", "~/scored.parquet"]) == 0
    assert Path("home/scored.parquet").exists()
    assert not Path("~").exists()


def test_a_feature_that_may_be_missing_needs_no_column(
    served: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(Path("rows.parquet"), {n: v for n, v in USUAL.items() if n != "fare"})
    assert command.main(["rows.parquet", "s.parquet"]) == 0
    assert "has no column 'fare': a missing value in every row" in capsys.readouterr().out


def test_only_signed_versions_score_with_keys(
    store: ModelStore, keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    write_table(Path("rows.parquet"), {"width": [1.0], "height": [2.0]})
    public = str(keys.directory / "gatekeeper.pub.pem")
    promote(store, toy_model())
    assert command.main(["rows.parquet", "a.parquet", "--keys", public]) == 1
    assert command.main(["rows.parquet", "a.parquet", "--keys", public, "--version", "1"]) == 1
    assert capsys.readouterr().err.count("is not signed") == 2
    promote(store, toy_model(), key=keys.gatekeeper)
    assert command.main(["rows.parquet", "a.parquet", "--keys", public]) == 0
    assert command.main(["rows.parquet", "b.parquet", "--keys", public, "--version", "2"]) == 0

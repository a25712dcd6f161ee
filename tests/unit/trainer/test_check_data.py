"""`python -m trainer.check_data`: a table of all columns, all problems, an exit status, a page."""

import re
from pathlib import Path
from typing import Any

import pytest

from shared.store.store import ModelStore
from tests.support.models.toy import toy_model
from tests.support.stores.builders import promote
from tests.support.tables.problem_tables import PROBLEMS, members_csv
from tests.support.tables.tables import write_csv
from trainer import __main__ as training
from trainer import check_data as command

CORRECTED = {
    "TRAINER_DROP": "club house,member,joined",
    "TRAINER_MISSING": "?",
    "METRIC": "f1_macro",
}
"""The proposals of the messages; the two rows are corrected in the file."""


@pytest.fixture(autouse=True)
def environment(
    usual_signals: None, only_the_store: pytest.MonkeyPatch, tmp_path: Path
) -> pytest.MonkeyPatch:
    only_the_store.chdir(tmp_path)
    (tmp_path / "members.csv").write_text(members_csv())
    only_the_store.setenv("TRAINER_DATASET", "members.csv")
    only_the_store.setenv("TRAINER_TARGET", "plan")
    only_the_store.setenv("TRAINER_DROP", "club hose")
    return only_the_store


def correct(environment: pytest.MonkeyPatch, folder: Path) -> None:
    (folder / "members.csv").write_text(members_csv(is_corrected=True))
    for name, value in CORRECTED.items():
        environment.setenv(name, value)


def test_six_problems_are_one_list_with_remedies(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main([]) == 2

    printed = capsys.readouterr()
    assert printed.err == ""
    said = printed.out.split(f"{PROBLEMS} problems:\n")[1]
    for remedy in (
        "Did you mean 'club house'?",
        "TRAINER_MISSING='?'",
        "TRAINER_DROP='club house,member,joined'",
        "Put cells with commas into quotes, or",
        "'plan' is missing in 1 of",
        "f1_macro",
    ):
        assert remedy in said


def test_after_the_remedies_training_can_start(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    correct(environment, tmp_path)

    assert command.main([]) == 0

    said = capsys.readouterr().out
    assert "Split: train" in said
    assert said.endswith("No problem was found. Training can start.\n")


def test_a_column_for_slices_is_shown_as_one(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    correct(environment, tmp_path)
    environment.setenv("TRAINER_SLICE_COLUMNS", "club house")

    assert command.main([]) == 0

    said = capsys.readouterr().out
    assert re.search(r"^  club house .*  slices\n      kept for slices", said, re.MULTILINE)
    assert "Kept for slices: 'club house'; not features" in said


def test_every_column_has_a_line_of_at_most_80_characters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    command.main([])

    lines = capsys.readouterr().out.split("\n\n")[1].splitlines()
    assert max(map(len, lines)) <= 80
    table = {line.split("  ")[1]: line.split() for line in lines if not line.startswith("      ")}
    assert list(table) == ["column", "member", "joined", "age", "fee", "club house", "plan"]
    assert table["member"][-1] == table["joined"][-1] == table["fee"][-1] == "problem"
    assert table["age"][1:3] == ["number", "0"]
    assert table["club house"][-2:] == ["left", "out"]
    assert table["plan"][1:4] == ["category", "1", "(<1%)"]
    assert table["plan"][-1] == "target"


def test_without_a_target_the_columns_to_choose_from_are_shown(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.delenv("TRAINER_TARGET")

    assert command.main([]) == 2

    said = capsys.readouterr().out
    assert "Set TRAINER_TARGET to the column of members.csv to predict." in said
    assert "family, basic, plus" in said


def test_a_wide_table_is_bounded_and_its_problems_are_shown(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    columns: dict[str, list[Any]] = {f"x{n}": [n, n + 1, n + 3] for n in range(400)}
    columns["x200"] = ["2025-01-01"] * 3
    write_csv(tmp_path / "members.csv", {**columns, "plan": ["a", "b", "a"]})
    environment.setenv("TRAINER_DROP", "")

    assert command.main(["--page", "page.html"]) == 2

    said = capsys.readouterr().out
    assert len(said.splitlines()) < 60
    assert re.search("^  x200 +date +0 +2025-01-01 +problem$", said, re.MULTILINE)
    assert "and 361 more columns (feature 361)" in said
    assert (tmp_path / "page.html").read_text().count('<th scope="row"') == 401


def test_the_page_escapes_names_and_cells_and_only_its_owner_reads_it(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "<script>alert(1)</script>"
    columns: dict[str, list[Any]] = {
        hostile: [1, 2, 5],
        "b": ["<img src=x>", "&amp;", "<img src=x>"],
    }
    write_csv(tmp_path / "members.csv", {**columns, "plan": ["a", "b", "a"]})
    environment.setenv("TRAINER_DROP", "<b>")

    command.main(["--page", str(tmp_path / "new" / "page.html")])

    path = tmp_path / "new" / "page.html"
    assert capsys.readouterr().out.endswith(f"Page: {path}\n")
    page = path.read_text()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert path.stat().st_mode & 0o777 == 0o600


def test_with_a_dash_the_page_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--page", "-"]) == 2

    printed = capsys.readouterr()
    assert printed.out.startswith("<!doctype html>")
    assert "Training cannot start." in printed.err


def test_a_page_that_cannot_be_written_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--page", "members.csv/page.html"]) == 2

    assert capsys.readouterr().err.startswith("error: The page members.csv/page.html cannot be")


def test_with_only_problems_a_good_table_prints_nothing(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(["--only-problems"]) == 2
    printed = capsys.readouterr()
    assert printed.out.startswith("Columns with a problem:\n")
    assert printed.err.startswith(f"error: {PROBLEMS} problems were found:\n1. ")
    correct(environment, tmp_path)

    assert command.main(["--only-problems"]) == 0

    printed = capsys.readouterr()
    assert printed.out + printed.err == ""


def test_a_store_with_a_model_needs_no_first_training(store: ModelStore) -> None:
    promote(store, toy_model())

    assert command.main(["--only-problems", "--unless-registry"]) == 0


def test_a_table_is_needed(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DATASET", "TARGET", "DROP"):
        environment.delenv(f"TRAINER_{name}")

    assert command.main([]) == 2

    assert "There is no table to check. Set TRAINER_DATASET" in capsys.readouterr().err


def test_the_candidate_table_is_checked_too(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    environment.setenv("TRAINER_CANDIDATES", "nowhere:TABLE")

    assert command.main([]) == 2

    assert "the module nowhere cannot be imported" in capsys.readouterr().out


def test_a_check_writes_nothing_to_the_store(store: ModelStore) -> None:
    before = sorted(store.layout.root.rglob("*"))
    command.main([])
    assert sorted(store.layout.root.rglob("*")) == before


MALFORMED = {
    "TRAINER_SEED": ("abc", "TRAINER_SEED is malformed: expected a whole number"),
    "TRAINER_SEARCH": ("viele", "TRAINER_SEARCH is malformed"),
    "TRAINER_DATE_ORDER": ("year", "TRAINER_DATE_ORDER is malformed"),
    "TRAINER_THRESHOLD": ("2", "TRAINER_THRESHOLD is malformed"),
    "TRAINER_TYPES": ("{a: b}", "TRAINER_TYPES={a: b} is not a JSON object"),
    "TRAINER_MISSING": ('{"age": "?"}', "which is not a list of strings"),
    "TRAINER_SED": ("7", "Unknown setting TRAINER_SED: did you mean TRAINER_SEED?"),
    "TRAINER_NOTHING": ("7", "Unknown setting TRAINER_NOTHING"),
    "LOG_LEVEL": ("loud", "LOG_LEVEL is malformed"),
    "METRIC": ("F1-macro", "METRIC=F1-macro is unknown; did you mean f1_macro?"),
}


@pytest.mark.parametrize("entry", ["check", "training"])
def test_malformed_settings_are_problems_beside_those_of_the_table(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], entry: str
) -> None:
    for name, (value, _) in MALFORMED.items():
        environment.setenv(name, value)

    assert (command.main([]) if entry == "check" else training.main([])) == 2

    printed = capsys.readouterr()
    said = printed.out + printed.err
    for _, message in MALFORMED.values():
        assert message in said
    assert "Did you mean 'club house'?" in said
    assert re.search("^  fee .*problem$", said, re.MULTILINE)


@pytest.mark.parametrize(
    ("metric", "proposed"),
    [("mae", "neg_mean_absolute_error"), ("R2_score", "r2"), ("nonsense", "f1, accuracy")],
)
def test_an_unknown_metric_is_the_only_problem_of_a_good_table(
    environment: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    metric: str,
    proposed: str,
) -> None:
    correct(environment, tmp_path)
    environment.setenv("METRIC", metric)
    if metric != "nonsense":
        environment.setenv("TRAINER_TARGET", "age")

    assert command.main([]) == 2

    said = capsys.readouterr().out
    assert "1 problem:" in said
    assert f"METRIC={metric} is unknown" in said
    assert proposed in said
    assert re.search("^  fee +number .*feature$", said, re.MULTILINE)


def test_a_number_among_missing_spellings_leaves_the_other_spellings(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    correct(environment, tmp_path)
    environment.setenv("TRAINER_MISSING", "?,n.a.,1.234,5")

    assert command.main([]) == 2

    said = capsys.readouterr().out
    assert "1 problem:" in said
    assert """TRAINER_MISSING='["?", "n.a.", "1.234,5"]'""" in said
    assert re.search("^  fee +number .*feature$", said, re.MULTILINE)


def test_a_file_with_an_unknown_separator_has_one_problem(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"P-{row:03}^{row * 7 % 13}^{'yn'[row % 2]}" for row in range(90)]
    (tmp_path / "members.csv").write_text("\n".join(["no^x^plan", *rows]))
    environment.delenv("TRAINER_DROP")

    assert command.main([]) == 2

    printed = capsys.readouterr().out
    assert "1 problem:" in printed
    assert (
        """Set the separator of the columns, as in TRAINER_CSV='{"separator": "^"}'.""" in printed
    )
    assert "TRAINER_DROP" not in printed

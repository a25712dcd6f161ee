"""The output that docs/data.md shows is real, and its limits are those of the code."""

import json
import re
import subprocess
from pathlib import Path

from shared.scoring.slice_columns import MAX_SLICE_COLUMNS
from tests.contract.documented_training import train_as_documented
from tests.support.project import ROOT
from trainer.dataset.columns import dropped_columns
from trainer.dataset.labels import MAX_CLASSES
from trainer.dataset.split import TRAIN_FRACTION, VALIDATION_FRACTION
from trainer.tables.category_column import MAX_CATEGORIES, MAX_CATEGORY_LENGTH, MAX_UNIQUE_VALUES
from trainer.tables.columns.missing_spellings import CSV_SPELLINGS

TEXT = (ROOT / "docs" / "data.md").read_text()
COMMANDS = re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
TABLE = COMMANDS[0]
SMALL = "tests.unit.trainer.small_table"


def test_the_table_is_made_and_read_as_shown(tmp_path: Path) -> None:
    (shown,) = re.findall(r"^```\n(Data: .*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    output, manifest = train_as_documented(TABLE, tmp_path, f"{SMALL}:MIXED_REGRESSORS")
    assert output.startswith(shown)
    found = manifest.data
    assert [feature.name for feature in found.features] == ["area", "rooms", "city", "has lift"]
    assert found.target_range == (330.5, 1230.5)


def test_the_table_with_a_column_for_slices_is_read_as_shown(tmp_path: Path) -> None:
    (commands,) = (each for each in COMMANDS if "TRAINER_SLICE_COLUMNS" in each)
    shown = "Features: 2 numbers\nKept for slices: 'sex'; not features\n"
    table = "tests.integration.promotion.split_by_time_tables:STEADY"
    output, manifest = train_as_documented(commands, tmp_path, table)
    assert shown in output
    assert shown in TEXT
    assert manifest.data.slice_columns == ("sex",)
    assert f"At most {MAX_SLICE_COLUMNS} columns are kept" in TEXT


def test_every_missing_spelling_of_a_csv_file_is_listed() -> None:
    (row,) = re.findall(r"^\| CSV \| also .*", TEXT, re.MULTILINE)
    assert sorted(re.findall("`(.*?)`", row)) == sorted(CSV_SPELLINGS)


def test_a_list_of_columns_to_leave_out_is_one() -> None:
    (drop,) = (command for command in COMMANDS if command.startswith("export TRAINER_DROP='["))
    done = subprocess.run(
        ["sh", "-e", "-c", f'{drop}\nprintf %s "$TRAINER_DROP"'],
        capture_output=True,
        text=True,
        check=True,
    )

    assert dropped_columns.parse_names(done.stdout) == tuple(json.loads(done.stdout))
    assert dropped_columns.parse_names(done.stdout)[1] == "street, number"


def test_the_limits_are_the_codes() -> None:
    assert TEXT.count(f"in more than {MAX_UNIQUE_VALUES} rows") == 2
    assert f"more than {MAX_CATEGORIES} different values" in TEXT
    assert f"a value of more than {MAX_CATEGORY_LENGTH} characters" in TEXT
    assert f"at most {MAX_CLASSES} of them" in TEXT
    assert (
        f"train {TRAIN_FRACTION:.0%}, validation {VALIDATION_FRACTION:.0%}".replace("%", " %")
        in TEXT
    )

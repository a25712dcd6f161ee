"""Files are read, or refused, as the table of docs/data.md says."""

import re
from pathlib import Path

import pytest

from shared.errors import DatasetError
from tests.support.project import ROOT
from tests.support.tables.table_files import FILES, PRICES
from trainer.dataset.dataset import Dataset
from trainer.dataset.load import load_dataset
from trainer.files.csv_setting import KEYS, parse_csv_setting
from trainer.settings import TrainerSettings

TEXT = (ROOT / "docs" / "data.md").read_text()
NOT_READ = "not read"
LARGE = ("Windows-1252 after two megabytes of ASCII", "a quote that is never closed")


def rows_of(header: str) -> list[list[str]]:
    """Return the rows of the table with this header."""
    lines = TEXT.partition(f"{header}\n")[2].partition("\n\n")[0].splitlines()[1:]
    return [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]


CASES = {
    file: (read, re.sub("^`|`$", "", message))
    for file, read, message in rows_of("| file | read | note or message |")
}


def load(folder: Path, file: str) -> Dataset:
    """Write a file of the table and load it with the setting that its name shows."""
    setting = re.search("with `({.*})`", file)
    own = TrainerSettings(
        dataset=FILES[file](folder), target="size", csv=setting[1] if setting else ""
    )
    return load_dataset(own, "accuracy")


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Return the data set of a CSV file in UTF-8 with commas."""
    return load(tmp_path_factory.mktemp("usual"), "commas")


@pytest.mark.parametrize(
    "file",
    [pytest.param(name, marks=pytest.mark.thorough) if name in LARGE else name for name in CASES],
)
def test_a_file_is_read_as_the_table_says(tmp_path: Path, file: str, usual: Dataset) -> None:
    read, message = CASES[file]
    if read == NOT_READ:
        with pytest.raises(DatasetError) as refusal:
            load(tmp_path, file)
        assert message
        assert message in str(refusal.value)
        return
    data = load(tmp_path, file)
    if "only" not in file:
        assert data.schema.features[0].type == "number"
        assert data.rows[:60, 0].tolist() == usual.rows[:60, 0].tolist()
    if "price" in (names := [feature.name for feature in data.schema.features]):
        assert data.rows[1, names.index("price")] == PRICES[file]
    assert data.target[:60].tolist() == usual.target[:60].tolist()
    notes = "\n".join(data.notes)
    assert message in notes if message else "The CSV file" not in notes


def test_the_table_has_every_file() -> None:
    assert list(CASES) == list(FILES)


def test_every_key_of_the_setting_is_described() -> None:
    assert {key.strip("`") for key, *_ in rows_of("| key | value | default |")} <= set(KEYS)
    for shown in re.findall("^export TRAINER_CSV='(.*)'$", TEXT, re.MULTILINE):
        assert parse_csv_setting(shown).given


def test_no_message_has_raw_bytes() -> None:
    assert not re.search(r"\\x[0-9a-f]{2}| b'", "".join(message for _, message in CASES.values()))

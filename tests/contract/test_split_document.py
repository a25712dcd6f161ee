"""The examples of splits in docs/data.md are real."""

import re
from pathlib import Path

import numpy as np

from tests.contract.documented_training import train_as_documented
from tests.support.project import ROOT
from tests.support.tables.tables import write_csv
from trainer.dataset.load import load_dataset
from trainer.dataset.split import SPLITS
from trainer.publishing.data_summary import summarise_data
from trainer.publishing.data_text import describe_data
from trainer.settings import TrainerSettings
from trainer.splits.split_choice import SplitChoice, split_by_hash

TEXT = (ROOT / "docs" / "data.md").read_text()
SMALL = "tests.unit.trainer.small_table"


def section(heading: str) -> str:
    return TEXT.split(f"\n### {heading}\n")[1].split("\n#")[0]


def shown(text: str) -> str:
    """Return the only output in *text*."""
    (output,) = re.findall(r"^```text\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return str(output)


def commands(text: str) -> str:
    """Return the only commands in *text*."""
    (found,) = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return str(found)


def test_a_row_key_keeps_a_patient_in_one_split(tmp_path: Path) -> None:
    text = section("Groups")
    output, manifest = train_as_documented(commands(text), tmp_path, f"{SMALL}:CANDIDATES")
    assert shown(text) in output
    assert manifest.data.row_key == "patient"
    settings = TrainerSettings(
        dataset=tmp_path / "data" / "visits.csv", target="ill", row_key="patient"
    )
    data = load_dataset(settings, "accuracy")
    splits, _ = split_by_hash(data, SplitChoice())
    assert data.keys is not None
    sizes = [len(part.rows) for part in splits.by_name().values()]
    assert dict(zip(SPLITS, sizes, strict=True)) == manifest.data.parts
    patients = [set(keys.tolist()) for keys in np.split(data.keys, np.cumsum(sizes)[:-1])]
    assert sum(map(len, patients)) == len(set.union(*patients)) == 300


def test_a_time_holds_out_the_newest_months(tmp_path: Path) -> None:
    text = section("Time")
    output, manifest = train_as_documented(commands(text), tmp_path, f"{SMALL}:REGRESSORS")
    assert shown(text) in output
    time = manifest.data.time
    assert time is not None
    assert time.describe() == "month 2025-12-01"
    assert [feature.name for feature in manifest.data.features] == ["price", "advertised"]


def test_a_split_with_a_salt_is_shown_as_printed(tmp_path: Path) -> None:
    counts = (180, 120, 60, 4, 3, 3)
    grades = [f"g{k + 1}" for k, count in enumerate(counts) for _ in range(count)]
    numbers = np.random.default_rng(0).random(len(grades)).tolist()
    path = write_csv(tmp_path / "grades.csv", {"acid": numbers, "grade": grades})
    data = load_dataset(TrainerSettings(dataset=path, target="grade"), "accuracy")
    splits, rule = split_by_hash(data, SplitChoice())
    printed = describe_data(summarise_data(data, f"sha256:{'0' * 64}", splits, rule, None))
    assert rule.salt
    assert "\n".join(printed[-2:]) + "\n" == shown(section("Rare classes and few different rows"))

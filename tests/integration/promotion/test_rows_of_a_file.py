"""Every row of a file, sent as the file spells it, gets what the fitted pipeline answers."""

import io
import json
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from gatekeeper.policy.terms.gate_policy import GatePolicy
from predictor.lifecycle.loader import ModelLoader
from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.infer import infer
from predictor.prediction.single_request import answer_request
from shared.contract.documents import Registry
from shared.contract.layout import JOBLIB_MODEL
from shared.errors import UndecidedError
from shared.inference.dataframe import to_frame
from shared.settings import CommonSettings
from shared.store.store import ModelStore
from tests.support.http.infer_requests import request_of
from tests.support.stores.gatekeeping import gatekeeper_of
from trainer.console import Console
from trainer.dataset.load import load_dataset
from trainer.settings import TrainerSettings
from trainer.tables.columns.missing_spellings import CSV_SPELLINGS
from trainer.training import train

ROWS = 240
BLANKS = ("", "", " ", "  ", "\u00a0", "\t", "\u3000", "\u200b", "\ufeff")
WORDS = ("north", "south", "größe", "Łódź", "new york", "한국", "a:b", 'say "a"', "x, y")
NAMES = ("region", "größe", "two words", "plan", "año", "a:b", "unit price")
MISSING = ("", *CSV_SPELLINGS)
OWN = ("?", "k. A.", r"\N", "-")
"""Further spellings, which TRAINER_MISSING names."""
DATATYPES = {"number": "FP64", "boolean": "BOOL", "category": "BYTES"}


class Column:
    """One column of a random table."""

    def __init__(self, name: str, kind: str, cells: Sequence[Any]) -> None:
        self.name, self.kind = name, kind
        self.cells = cells
        """As a client sends them: numbers, booleans, strings, and null."""


def spell(text: str, random: np.random.Generator) -> str:
    """Write *text* with other blanks and in one of two forms of Unicode."""
    text = unicodedata.normalize(random.choice(["NFC", "NFD"]), text)
    text = text.replace(" ", random.choice([" ", "  ", "\u00a0", "\u202f"]))
    return f"{random.choice(BLANKS)}{text}{random.choice(BLANKS)}"


def make_table(
    random: np.random.Generator, missing: Sequence[Any], in_strings: Sequence[Any]
) -> list[Column]:
    """Make random columns; the target depends on numbers, categories and missing values.

    *missing* are the missing cells of the file, and *in_strings* those of columns of strings. They
    have blanks beside them too.
    """
    names = [spell(name, random) for name in random.permutation(NAMES)]
    nothing = random.choice([0.0, 0.15], size=4)

    def with_missing(cells: Sequence[Any], share: float, among: Sequence[Any]) -> list[Any]:
        holes = random.random(ROWS) < share
        return [
            among[int(random.integers(len(among)))] if hole else cell
            for cell, hole in zip(cells, holes, strict=True)
        ]

    words = random.choice(WORDS, 4, replace=False)
    texts = [spell(str(word), random) for word in random.choice(words, ROWS)]
    texts = [
        spell(cell, random) if cell and cell in in_strings else cell
        for cell in with_missing(texts, nothing[0], in_strings)
    ]
    plain = random.choice(["basic", "pro"], ROWS).tolist()
    return [
        Column(names[0], "category", texts),
        Column(names[1], "category", with_missing(plain, nothing[1], in_strings)),
        Column(
            names[2], "number", with_missing(random.normal(size=ROWS).tolist(), nothing[2], missing)
        ),
        Column(names[3], "number", random.integers(-5, 100, ROWS).tolist()),
        Column(
            names[4],
            "boolean",
            with_missing((random.random(ROWS) < 0.5).tolist(), nothing[3], missing),
        ),
    ]


def make_target(columns: Sequence[Column], random: np.random.Generator) -> list[float]:
    """Give each different cell an effect."""
    total = random.normal(scale=0.05, size=ROWS)
    for column in columns:
        effects = {cell: effect for effect, cell in enumerate(sorted(set(map(str, column.cells))))}
        many = len(effects) > 40
        total += [
            float(cell) if many and isinstance(cell, float) else effects[str(cell)] / len(effects)
            for cell in column.cells
        ]
    return [float(value) for value in total]


def write_csv(path: Path, columns: Sequence[Column], target: Sequence[float]) -> None:
    def quote(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    def cell(value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        return (
            quote(value) if isinstance(value, str) and value not in (*MISSING, *OWN) else str(value)
        )

    lines = [",".join([*(quote(column.name) for column in columns), "y"])]
    rows = zip(*(column.cells for column in columns), target, strict=True)
    lines += [",".join(map(cell, row)) for row in rows]
    path.write_text("\n".join(lines) + "\n")


def write_parquet(path: Path, columns: Sequence[Column], target: Sequence[float]) -> None:
    content: dict[str, Any] = {column.name: pa.array(column.cells) for column in columns}
    parquet.write_table(pa.table({**content, "y": target}), path)


def serve(store: ModelStore, path: Path, missing: str) -> tuple[ServedModel, list[float]]:
    """Train on *path* with TRAINER_MISSING; return the loaded model and the pipeline's answers."""
    common = CommonSettings.model_validate({"store_dir": store.layout.root, "metric": "r2"})
    own = TrainerSettings(dataset=path, target="y", missing=missing, wait_seconds=0.0)
    with pytest.raises(UndecidedError):  # nobody decides while it runs
        train(common, own, Console(io.StringIO()))
    (candidate_id,) = store.candidates.ids()
    gatekeeper_of(store, GatePolicy(metric="r2")).poll()
    registry = store.registry.read()
    assert isinstance(registry, Registry)
    model = ModelLoader(store.models, allow_joblib=False).load(registry.digest)
    pipeline = joblib.load(store.layout.candidates / candidate_id / JOBLIB_MODEL)
    data = load_dataset(own, "r2")
    expected = pipeline.predict(to_frame(data.rows, data.schema.features)).tolist()
    return ServedModel.create(model, registry, datetime.now(UTC)), expected


def predict_each(served: ServedModel, columns: Sequence[Column]) -> list[float]:
    """Send each row by name to /predict, and all rows as lists; return the answers."""
    rows = list(zip(*(column.cells for column in columns), strict=True))
    names = [column.name for column in columns]
    found = []
    for row in rows:
        body = json.dumps({"features": dict(zip(names, row, strict=True))}).encode()
        reply = answer_request(served, body, lambda *_call: None)
        assert reply.status == 200, reply.body
        found.append(json.loads(reply.body)["prediction"])
    reply = answer_request(served, json.dumps({"instances": rows}).encode(), lambda *_call: None)
    assert reply.status == 200, reply.body
    assert json.loads(reply.body)["predictions"] == pytest.approx(found, rel=1e-6)
    return found


def infer_all(served: ServedModel, columns: Sequence[Column]) -> list[float]:
    """Send all rows as one tensor for each column; tensors of numbers have null."""
    inputs = []
    for column in columns:
        cells = column.cells
        if column.kind != "category":
            cells = [None if isinstance(cell, str) else cell for cell in cells]
        datatype = DATATYPES[column.kind]
        inputs.append(
            {"name": column.name, "shape": [ROWS], "datatype": datatype, "data": list(cells)}
        )
    reply = infer(served, request_of(*inputs).body, None, lambda *_call: None)
    assert reply.status == 200, reply.body
    (output,) = json.loads(reply.body)["outputs"]
    return [float(value) for value in output["data"]]


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("setting", ["none", "all columns", "one column"])
@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_every_row_of_a_file_is_answered_as_the_pipeline_answers_it(
    store: ModelStore, tmp_path: Path, kind: str, setting: str, seed: int
) -> None:
    random = np.random.default_rng(seed)
    of_format = MISSING if kind == "csv" else (None,)
    own = () if setting == "none" else OWN
    in_numbers = (*of_format, *(own if kind == "csv" and setting == "all columns" else ()))
    columns = make_table(random, in_numbers, (*of_format, *own))
    target = make_target(columns, random)
    path = tmp_path / f"table.{kind}"
    (write_csv if kind == "csv" else write_parquet)(path, columns, target)

    missing = {
        "none": "",
        "all columns": json.dumps(OWN),
        "one column": json.dumps({columns[0].name: [*OWN[:2], "NA"]}),
    }
    served, expected = serve(store, path, missing[setting])

    spread = float(np.std(target))
    for found in (predict_each(served, columns), infer_all(served, columns)):
        assert np.abs(np.subtract(found, expected)).max() <= 1e-5 * spread
    assert len(set(expected)) > ROWS / 2

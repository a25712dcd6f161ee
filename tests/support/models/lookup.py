"""Models that look up the class of a category, and candidates with such models."""

from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper

from shared.contract.documents import (
    JSON_MEDIA_TYPE,
    NPZ_MEDIA_TYPE,
    ONNX_MEDIA_TYPE,
    Artefact,
    Descriptor,
    Feature,
)
from shared.contract.layout import ARTEFACT, GOLDEN, HOLDOUT, ONNX_MODEL
from shared.inference.feature_encoding import UNSEEN, StringCodes
from shared.inference.golden_rows import record_golden_rows
from shared.inference.onnx_servable import OnnxServable
from shared.inference.servable import Rows
from shared.scoring.holdout_file import Holdout, encode_holdout
from tests.support.models.toy import ToyModel
from tests.support.stores.builders import ToyCandidate
from tests.support.stores.gatekeeping import handed_in, with_file

SURE = 0.8
"""Probability of the predicted class. The other classes share the rest."""


def lookup_model(
    answers: Mapping[str, str],
    *,
    classes: Sequence[str] = ("no", "yes"),
    unseen: str | None = "no",
    others: Sequence[Feature] = (),
    sure: float = SURE,
) -> ToyModel:
    """Build a classifier that maps each `city` to a class by *answers* and ignores the rest.

    *sure* is the probability of the predicted class. *unseen* is the class of every other city;
    with None the answer to it is not finite.
    """
    city = Feature(name="city", type="category", categories=tuple(sorted(answers)))
    features = (city, *others)
    known = [answers[text] for text in city.categories or ()]
    table = np.full((len(known) + 1, len(classes)), (1 - sure) / (len(classes) - 1), np.float32)
    for place, answer in enumerate([*known, unseen]):  # UNSEEN is -1, the last index
        if answer is None:
            table[place] = np.nan
        else:
            table[place, classes.index(answer)] = sure
    served = _lookup(table, len(features))
    draft = Artefact(
        task="classification",
        features=features,
        classes=tuple(classes),
        has_probabilities=True,
        model=Descriptor.describe(ONNX_MODEL, ONNX_MEDIA_TYPE, served),
        golden=Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, b""),
    )
    codes = [*range(len(known)), *([UNSEEN] if unseen is not None else [])]
    rows = np.zeros((len(codes), len(features)))
    rows[:, 0] = codes
    golden = record_golden_rows(rows[-8:], OnnxServable(served, draft).predict(rows[-8:])).encode()
    artefact = draft.model_copy(
        update={"golden": Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, golden)}
    )
    return ToyModel({ARTEFACT: artefact.encode(), GOLDEN: golden, ONNX_MODEL: served}, artefact)


def _lookup(table: np.ndarray, features: int) -> bytes:
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["rows", "first"], ["code"], axis=1),
            helper.make_node("Cast", ["code"], ["place"], to=TensorProto.INT64),
            helper.make_node("Gather", ["table", "place"], ["probabilities"], axis=0),
            helper.make_node("ArgMax", ["probabilities"], ["label"], axis=1, keepdims=0),
        ],
        "lookup",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, features])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, None]),
        ],
        [
            onnx.numpy_helper.from_array(table, "table"),
            onnx.numpy_helper.from_array(np.array(0), "first"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def rows_of(model: ToyModel, cities: Sequence[str]) -> Rows:
    """Build rows with these cities and 0 for all other features."""
    features = model.artefact.features
    rows = np.zeros((len(cities), len(features)))
    rows[:, 0] = [StringCodes(features[0])[city] for city in cities]
    return rows


def candidate_on(
    model: ToyModel,
    truth: Sequence[tuple[str, str]],
    *,
    rows: Rows | None = None,
    claimed: float = 1.0,
    metric: str = "accuracy",
) -> ToyCandidate:
    """Build a candidate whose holdout holds the cities and classes of *truth*."""
    if rows is None:
        rows = rows_of(model, [city for city, _ in truth])
    target = np.array([model.artefact.classes.index(label) for _, label in truth])
    holdout = encode_holdout(Holdout(rows, target))
    candidate = with_file(handed_in(model), HOLDOUT, NPZ_MEDIA_TYPE, holdout)
    return candidate.with_manifest(metric=metric, holdout_metrics={metric: claimed})

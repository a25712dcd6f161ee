"""A model is what it answers: golden rows, padding, and formats that are allowed."""

import io
from dataclasses import replace

import joblib
import numpy as np
import onnx
import pytest
from sklearn.linear_model import LogisticRegression

from shared.contract.documents import JOBLIB_MEDIA_TYPE, Descriptor
from shared.contract.golden_rows import GoldenRows
from shared.contract.layout import JOBLIB_MODEL
from shared.errors import GoldenRowsError, ServableError
from shared.inference.build import build_servable
from shared.inference.dataframe import to_frame
from shared.inference.golden_rows import record_golden_rows, verify_golden_rows
from shared.inference.onnx_servable import OnnxServable
from shared.inference.servable import Predictions, Servable
from shared.store.models import ModelBytes
from tests.support.models.toy import ToyModel, toy_model, toy_onnx, toy_rows


def model_bytes(model: ToyModel) -> ModelBytes:
    golden = GoldenRows.decode(model.files["golden.json"], "golden.json")
    served = model.files[model.artefact.model.name]
    return ModelBytes(model.digest, model.artefact, golden, served, model.descriptors)


def test_a_model_that_computes_what_it_promised_passes() -> None:
    model = model_bytes(toy_model())
    verify_golden_rows(build_servable(model, allow_joblib=False), model.golden, model.artefact)


def test_another_model_does_not_reproduce_the_golden_rows() -> None:
    model = model_bytes(toy_model(onnx_bytes=toy_onnx(bias=0.001)))
    with pytest.raises(GoldenRowsError, match="differ by"):
        verify_golden_rows(build_servable(model, allow_joblib=False), model.golden, model.artefact)
    model = model_bytes(toy_model(onnx_bytes=toy_onnx(bias=9.0)))
    with pytest.raises(GoldenRowsError, match="does not reproduce its 8 golden rows"):
        verify_golden_rows(build_servable(model, allow_joblib=False), model.golden, model.artefact)


def test_nan_does_not_reproduce_golden_rows() -> None:
    class Broken:
        def predict(self, rows: object) -> Predictions:
            return Predictions(np.array(golden.predictions), np.full((8, 2), np.nan))

    model = model_bytes(toy_model())
    golden = model.golden
    with pytest.raises(GoldenRowsError, match="differ by nan"):
        verify_golden_rows(Broken(), golden, model.artefact)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 100])
def test_a_row_gets_the_same_answer_whatever_rows_share_its_call(count: int) -> None:
    model = model_bytes(toy_model(weights=tuple(np.linspace(-0.7, 0.9, 30)), features=NAMES))
    servable = build_servable(model, allow_joblib=False)
    rows = np.random.default_rng(0).normal(size=(100, 30))
    alone = servable.predict(rows[:1])
    together = servable.predict(rows[:count])
    assert alone.values.shape == (1,)
    assert alone.probabilities is not None
    assert together.probabilities is not None
    assert np.array_equal(alone.probabilities[0], together.probabilities[0])


def assert_alike_in_both_precisions(servable: Servable) -> None:
    rows = toy_rows(40).astype(np.float32)
    expected, found = servable.predict(rows.astype(np.float64)), servable.predict(rows)
    assert found.probabilities is not None
    assert expected.probabilities is not None
    assert found.probabilities.dtype == expected.probabilities.dtype
    assert np.array_equal(found.probabilities, expected.probabilities)
    assert np.array_equal(found.values, expected.values)


def test_rows_in_float32_get_the_same_answers_also_where_they_are_read_only() -> None:
    servable = build_servable(model_bytes(toy_model()), allow_joblib=False)
    assert_alike_in_both_precisions(servable)
    rows = np.frombuffer(toy_rows(40).astype(np.float32).tobytes(), np.float32).reshape(40, 2)
    assert np.array_equal(servable.predict(rows).values, servable.predict(toy_rows(40)).values)


NAMES = tuple(f"f{i}" for i in range(30))


def test_bytes_that_are_no_model_are_an_error_of_ours() -> None:
    with pytest.raises(ServableError, match="onnxruntime cannot load"):
        OnnxServable(b"not a model", toy_model().artefact)


def test_rows_that_do_not_fit_are_an_error_of_ours() -> None:
    servable = build_servable(model_bytes(toy_model()), allow_joblib=False)
    with pytest.raises(ServableError, match="failed on 3 rows"):
        servable.predict(np.zeros((3, 5)))


def test_a_model_that_answers_other_rows_is_an_error_of_ours() -> None:
    model = onnx.load_from_string(toy_onnx())
    (label,) = (node for node in model.graph.node if node.op_type == "ArgMax")
    label.attribute[0].i = label.attribute[1].i = 0  # one answer for each column
    servable = OnnxServable(model.SerializeToString(), toy_model().artefact)
    with pytest.raises(ServableError, match=r"returned \(2,\) values for 3 rows"):
        servable.predict(toy_rows(3))


def test_a_pickle_is_built_only_where_the_operator_allows_it() -> None:
    rows, toy = toy_rows(40), toy_model()
    frame = to_frame(rows, toy.artefact.features)
    pipeline = LogisticRegression().fit(frame, (rows.sum(axis=1) > 0).astype(int))
    buffer = io.BytesIO()
    joblib.dump(pipeline, buffer)
    descriptor = Descriptor.describe(JOBLIB_MODEL, JOBLIB_MEDIA_TYPE, buffer.getvalue())
    artefact = toy.artefact.model_copy(update={"model": descriptor})
    model = replace(model_bytes(toy), artefact=artefact, model=buffer.getvalue())
    with pytest.raises(ServableError, match="ALLOW_JOBLIB=true"):
        build_servable(model, allow_joblib=False)
    servable = build_servable(model, allow_joblib=True)
    answer = servable.predict(rows)
    assert np.array_equal(answer.values, pipeline.predict(frame))
    assert_alike_in_both_precisions(servable)
    verify_golden_rows(servable, record_golden_rows(rows, answer), artefact)


def test_an_unknown_format_is_named() -> None:
    toy = toy_model()
    descriptor = toy.artefact.model.model_copy(update={"media_type": "application/x-new"})
    artefact = toy.artefact.model_copy(update={"model": descriptor})
    with pytest.raises(ServableError, match="application/x-new"):
        build_servable(replace(model_bytes(toy), artefact=artefact), allow_joblib=True)

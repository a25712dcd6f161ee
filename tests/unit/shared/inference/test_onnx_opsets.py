"""Sets of operators are read from real models, and from hostile bytes not at all."""

import onnx
import onnxruntime
import pytest
from sklearn.ensemble import RandomForestClassifier

from shared.contract.layout import ONNX_MODEL
from shared.inference.onnx_reading.onnx_opsets import NO_LIMIT, STANDARD, newest_opset, read_opsets
from tests.support.models.served import breast_cancer_model, with_opsets
from tests.support.models.toy import toy_onnx
from trainer.conversion.to_onnx import TARGET_OPSET


def is_loaded(model: bytes) -> bool:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception:  # noqa: BLE001 - onnxruntime's errors share no base class
        return False
    return True


def test_opsets_are_what_the_onnx_package_finds() -> None:
    for served in (toy_onnx(), breast_cancer_model(RandomForestClassifier(5)).files[ONNX_MODEL]):
        imports = onnx.load_from_string(served).opset_import
        assert read_opsets(served) == {each.domain or STANDARD: each.version for each in imports}


def test_the_operator_sets_of_our_models_are_supported() -> None:
    assert all(newest_opset(domain or STANDARD) >= TARGET_OPSET[domain] for domain in TARGET_OPSET)


def test_large_versions_are_read_whole() -> None:
    versions = {STANDARD: 2**63 - 1, "ai.onnx.ml": 200}
    assert read_opsets(with_opsets(toy_onnx(), versions)) == versions


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x80",
        b"\xff" * 100,
        b"B\x7f",
        b"B\x02\x10\xff",
        b"B\x03\x0a\x01\xff",
        b"\x0b",
        b"B\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
        toy_onnx()[:-1],
        b"not a model",
        b"\x08\x01" * 20_000,
    ],
)
def test_a_file_that_is_not_a_model_has_no_opsets(data: bytes) -> None:
    assert read_opsets(data) == {}


@pytest.mark.parametrize("domain", [STANDARD, "ai.onnx.ml", "com.microsoft"])
def test_the_newest_is_the_last_with_which_a_real_model_loads(domain: str) -> None:
    newest = newest_opset(domain)
    assert 1 <= newest < NO_LIMIT
    for version in (newest, newest + 1):
        served = with_opsets(toy_onnx(), {STANDARD: 17, domain: version})
        assert is_loaded(served) == (version == newest)


def test_operators_that_onnxruntime_does_not_know_have_no_limit() -> None:
    assert newest_opset("org.example") == NO_LIMIT
    assert is_loaded(with_opsets(toy_onnx(), {STANDARD: 17, "org.example": NO_LIMIT + 1}))

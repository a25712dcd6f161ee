import posixpath
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contract.run_results import Baseline, CandidateResult
from tests.support.stores.builders import toy_candidate
from trainer.tracking.run_content import MAX_KEY, MAX_PARAMETER, clean_part, describe_run

_KEY_OF_MLFLOW = re.compile(r"[/\w.\- ]+")


def result(name: str, **changes: Any) -> CandidateResult:
    values: dict[str, Any] = {
        "name": name,
        "estimator": "Toy",
        "parameters": {},
        "metrics": {"f1": 0.5},
        "confusion_matrix": None,
        "fit_seconds": 1.5,
        "error": None,
    }
    return CandidateResult(**values | changes)


def test_every_candidate_has_its_parameters_and_metrics() -> None:
    candidate = toy_candidate().with_manifest(
        candidates=(
            result("tree", parameters={"depth": 3, "kind": "gini", "none": None}),
            result("forest", metrics={}, error="It does not converge."),
        ),
        settings={"drop": ["id"]},
        baseline=Baseline(answer="large", metrics={"f1": 0.25}, holdout_metrics={"f1": 0.125}),
        durations={"fit_seconds": 2.0},
        created_at=datetime(2026, 1, 31, 12, 0, 2, tzinfo=UTC),
    )
    content = describe_run(candidate.manifest)
    assert content.parameters["candidate/tree/depth"] == "3"
    assert content.parameters["candidate/tree/kind"] == "gini"
    assert content.parameters["candidate/tree/none"] == "null"
    assert content.parameters["setting/drop"] == '["id"]'
    assert content.metrics["validation/tree/f1"] == 0.5
    assert content.metrics["holdout/accuracy"] == 1.0
    assert content.metrics["holdout/baseline/f1"] == 0.125
    assert content.metrics["fit_seconds/tree"] == 1.5
    assert content.tags["modelgate.failed_candidates"] == '{"forest": "It does not converge."}'
    assert content.tags["modelgate.data.fingerprint"] == candidate.manifest.data.fingerprint
    assert content.ended - content.begun == 2000


def test_names_that_become_equal_are_numbered() -> None:
    names = ("a/b", "a:b", "A:B")
    candidates = tuple(result(name, metrics={"f1": n / 4}) for n, name in enumerate(names))
    content = describe_run(toy_candidate().with_manifest(candidates=candidates).manifest)
    found = {key: value for key, value in content.metrics.items() if key.startswith("validation/")}
    assert sorted(found.values()) == [0.0, 0.25, 0.5]
    assert len({key.lower() for key in found}) == 3


def test_a_long_value_is_shortened() -> None:
    long = result("tree", parameters={"rows": "x" * 10_000})
    content = describe_run(toy_candidate().with_manifest(candidates=(long,)).manifest)
    assert len(content.parameters["candidate/tree/rows"]) <= MAX_PARAMETER


@given(st.text())
def test_each_name_becomes_a_key_that_mlflow_takes(name: str) -> None:
    key = f"candidate/{clean_part(name)}"
    assert _KEY_OF_MLFLOW.fullmatch(key)
    assert posixpath.normpath(key) == key
    assert len(clean_part(name)) <= MAX_KEY


@pytest.mark.parametrize("name", ["", ".", "..", "...", " ", "\n", "/"])
def test_a_name_without_letters_is_an_underscore(name: str) -> None:
    assert clean_part(name) == "_"

"""Every program of docs/clients.md gets the answer that the document shows."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.http import plain_http
from tests.support.models.mixed import CLASSES, FEATURES, mixed_model
from tests.support.processes.predictor import PredictorProcess, served_model
from tests.support.project import ROOT
from tests.support.sweep import sweep

TEXT = (ROOT / "docs" / "clients.md").read_text()
CURLS = re.findall(r"^```sh\n(.*?)^```\n\n```json\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
PROGRAMS = {
    title: (program, output)
    for title, program, output in re.findall(
        r"^## ([^\n]*)\n(?:(?!^## ).)*?^```(?:python|js|java)\n(.*?)^```\n\n```text\n(.*?)^```",
        TEXT,
        re.MULTILINE | re.DOTALL,
    )
}
PYTHON = ["Python", "pandas", "Open Inference Protocol"]


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PredictorProcess]:
    with served_model(tmp_path_factory.mktemp("clients"), mixed_model(), "moods") as process:
        yield process


def here(predictor: PredictorProcess, text: str) -> str:
    """Replace the predictor's address in *text*."""
    assert "localhost:8000" in text
    return text.replace("localhost:8000", f"127.0.0.1:{predictor.port}")


def run(command: Sequence[str], expected: str) -> None:
    """Run a program, and compare its output, numbers to three digits."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    numbers = re.compile(r"\d+\.\d+")
    assert numbers.sub("#", done.stdout) == numbers.sub("#", expected)
    found, shown = (
        [float(number) for number in numbers.findall(text)] for text in (done.stdout, expected)
    )
    assert found == pytest.approx(shown, abs=1.5e-3)


def round_numbers(content: Any) -> Any:
    if isinstance(content, dict):
        return {key: round_numbers(value) for key, value in content.items()}
    if isinstance(content, list):
        return [*map(round_numbers, content)]
    return pytest.approx(content, abs=1.5e-3) if isinstance(content, float) else content


def needs(*programs: str) -> None:
    if missing := [name for name in programs if shutil.which(name) is None]:
        pytest.skip(f"{' and '.join(missing)} is not installed")


def test_the_document_describes_the_model_that_the_programs_get() -> None:
    assert len(CURLS) == 3
    assert [*PROGRAMS] == ["Python", "pandas", "JavaScript", "Java", "Open Inference Protocol"]
    introduction = TEXT.split("\n## ")[0]
    names = re.findall(r"`([a-z]+)`", introduction)
    nullable = [feature.name for feature in FEATURES if feature.nullable]
    expected = [*(feature.name for feature in FEATURES), *nullable, "nullable", *CLASSES]
    assert names == expected


@pytest.mark.parametrize(("command", "shown"), CURLS)
def test_curl_gets_the_response_that_is_shown(
    predictor: PredictorProcess, command: str, shown: str
) -> None:
    done = subprocess.run(
        ["sh", "-c", here(predictor, command)], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == round_numbers(json.loads(shown))


@pytest.mark.parametrize("title", PYTHON)
def test_a_python_program_prints_what_is_shown(predictor: PredictorProcess, title: str) -> None:
    program, output = PROGRAMS[title]
    run([sys.executable, "-W", "error", "-c", here(predictor, program)], output)


def test_the_javascript_program_prints_what_is_shown(
    predictor: PredictorProcess, tmp_path: Path
) -> None:
    needs("node")
    program, output = PROGRAMS["JavaScript"]
    path = tmp_path / "predict.mjs"
    path.write_text(here(predictor, program))
    run(["node", str(path)], output)


def test_the_java_program_prints_what_is_shown(predictor: PredictorProcess, tmp_path: Path) -> None:
    needs("java", "javac")
    program, output = PROGRAMS["Java"]
    path = tmp_path / "Predict.java"
    path.write_text(here(predictor, program))
    run(["java", str(path)], output)


def pandas_program(predictor: PredictorProcess, rows: str) -> str:
    """Return the program of pandas with another expression for its rows."""
    program, _ = PROGRAMS["pandas"]
    (right,) = re.findall(r"rows = (.*)", program)
    return here(predictor, program.replace(right, rows))


FAILING = {
    "NaN": ('chosen.to_dict("records")', "ValueError: Out of range float values are not JSON"),
    "None in a column of numbers": (
        'chosen.where(chosen.notna(), None).to_dict("records")',
        "ValueError: Out of range float values are not JSON",
    ),
    "another column": (
        'frame.astype(object).where(frame.notna(), None).to_dict("records")',
        "'customer'",
    ),
}


@pytest.mark.parametrize("failing", sweep(FAILING, "NaN"))
def test_what_the_document_warns_of_fails(
    predictor: PredictorProcess, failing: tuple[str, str]
) -> None:
    rows, says = failing
    command = [sys.executable, "-c", pandas_program(predictor, rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert says in done.stderr


def test_the_nan_of_python_is_refused_with_its_place(predictor: PredictorProcess) -> None:
    row = {"age": 41, "fare": float("nan"), "member": True, "colour": "red"}
    with plain_http.client(base_url=predictor.url) as client:
        error = client.post("/predict", content=json.dumps({"features": row})).json()["error"]
    assert (error["code"], error["field"]) == ("not_finite", "features.fare")


def test_rows_through_to_json_are_rounded() -> None:
    rows = 'json.loads(pd.DataFrame({"x": [0.123456789012345, None]}).to_json(orient="records"))'
    program = f"import json\nimport pandas as pd\nprint({rows})"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[{'x': 0.123456789}, {'x': None}]\n"

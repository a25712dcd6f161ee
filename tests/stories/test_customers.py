"""README's example: a table with categories, missing values and three classes."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from tests.stacks.stack import NewStack, Stack, served_on
from tests.stacks.traffic import traffic
from tests.stories.readme_commands import README, curls, python_file
from tests.support.http import plain_http
from tests.support.tables.story_tables import customers_csv

GROWN = "data/grown.csv"
LEAVES = {
    "age": 61,
    "city": "Lagos",
    "plan": "basic",
    "is member": False,
    "monthly spend €": 31.5,
    "support calls": 6,
}
PAUSES = {**LEAVES, "age": 21, "city": "Zürich", "support calls": 0}
STAYS = {**PAUSES, "age": 61}


def variables(pattern: str) -> dict[str, str]:
    """Return the variables of one of README's commands on its second store, without the store."""
    (command,) = re.findall(pattern, README.replace("\\\n", " "), re.MULTILINE)
    given = dict(word.split("=", 1) for word in shlex.split(command))
    assert given.pop("STORE_DIR") == ".stores/customers"
    return given


VARIABLES = variables(r"^make run (.*customers\.csv.*)$")


@pytest.fixture(scope="module")
def stack(new_stack: NewStack) -> Iterator[Stack]:
    files = {GROWN: customers_csv(newcomers=300), "mine.py": python_file("mine.py")}
    with new_stack(files=files, **VARIABLES) as started:
        yield started


def model(stack: Stack) -> dict[str, Any]:
    found: dict[str, Any] = plain_http.get(f"{stack.url}/model").raise_for_status().json()
    return found


def test_the_first_model_is_chosen_gated_and_served_by_the_metric(stack: Stack) -> None:
    (decision,) = stack.decisions()
    assert (decision["outcome"], decision["metric"]) == ("promoted", "f1_macro")
    assert decision["scores"]["challenger"] > 0.8
    served = model(stack)
    assert (served["metric"], served["serving_version"]) == ("f1_macro", 1)
    assert served["classes"] == ["leaves", "pauses", "stays"]


def test_the_schema_is_what_the_file_holds(stack: Stack) -> None:
    features = {feature["name"]: feature for feature in model(stack)["features"]}
    assert {name: (f["type"], f["nullable"]) for name, f in features.items()} == {
        "age": ("number", True),
        "city": ("category", True),
        "plan": ("category", False),
        "is member": ("boolean", False),
        "monthly spend €": ("number", True),
        "support calls": ("number", False),
    }
    assert features["plan"]["categories"] == ["basic", "family", "plus"]
    assert "São Paulo" in features["city"]["categories"]


def test_the_readmes_curl_gives_the_readmes_answer(stack: Stack) -> None:
    (curl,) = [curl for curl in curls() if "city" in curl.command]
    curl.gives_what_it_promises(stack)


@pytest.mark.parametrize(
    ("row", "label"), [(LEAVES, "leaves"), (PAUSES, "pauses"), (STAYS, "stays")]
)
def test_a_row_by_name_and_as_a_list_is_one_row(
    stack: Stack, row: dict[str, object], label: str
) -> None:
    answer = stack.predict(row)
    assert answer["label"] == label
    assert answer["prediction"] == ["leaves", "pauses", "stays"].index(label)
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    assert stack.predict(list(row.values())) == answer


def test_values_that_are_missing_in_the_file_may_be_null_or_omitted(stack: Stack) -> None:
    without = {name: value for name, value in LEAVES.items() if name != "city"}
    answer = stack.predict({**LEAVES, "city": None})
    assert answer["label"] == "leaves"
    assert stack.predict(without) == answer
    assert stack.predict(list({**LEAVES, "city": None}.values())) == answer


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"plan": None}, "plan"), ({"is member": "perhaps"}, "is member"), ({"age": "old"}, "age")],
)
def test_a_column_that_the_file_lacks_is_refused_by_name(
    stack: Stack, changes: dict[str, object], field: str
) -> None:
    refused = stack.ask({**LEAVES, **changes})
    assert refused.status_code == 422
    assert refused.json()["error"]["field"] == f"features.{field}"


def test_a_city_that_was_never_seen_is_answered_and_counted(stack: Stack) -> None:
    name = "modelgate_predictor_unseen_categories_total"
    assert stack.predict({**LEAVES, "city": "Atlantis"})["label"] == "leaves"
    page = plain_http.get(f"{stack.url}/metrics").text
    lines = [line for line in page.splitlines() if line.startswith(name)]
    (line,) = [line for line in lines if 'feature="city"' in line]
    assert line.endswith(" 1")


def test_the_real_row_that_is_shown_can_be_posted_back(stack: Stack) -> None:
    row = stack.example()
    names = [feature["name"] for feature in model(stack)["features"]]
    assert stack.predict(dict(zip(names, row, strict=True))) == stack.predict(row)
    shown = stack.make("predict")
    assert (shown.returncode, "support calls" in shown.stdout) == (0, True), shown
    assert stack.predict(row)["label"] in shown.stdout


def test_the_documentation_shows_rows_that_are_answered(stack: Stack) -> None:
    document = plain_http.get(f"{stack.url}/openapi.json").json()
    body = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    examples = [example["value"] for example in body["examples"].values()]
    assert any("city" in example.get("features", ()) for example in examples)
    for example in examples:
        assert plain_http.post(f"{stack.url}/predict", json=example).status_code == 200


def test_identifiers_and_dates_are_named_with_what_to_write(stack: Stack) -> None:
    before = stack.in_store("ls candidates").stdout
    refused = stack.make("retrain", **{**VARIABLES, "TRAINER_DROP": ""})
    assert "Error 2" in refused.stderr
    (message,) = [line for line in refused.stderr.splitlines() if line.startswith("error: ")]
    assert "'customer'" in message
    assert "'since'" in message
    assert f"TRAINER_DROP={VARIABLES['TRAINER_DROP']}" in message
    assert stack.in_store("ls candidates").stdout == before


def test_a_metric_for_numbers_is_refused_with_others_that_fit(stack: Stack) -> None:
    refused = stack.make("retrain", **{**VARIABLES, "METRIC": "r2"})
    assert "Error 2" in refused.stderr
    assert "accuracy" in refused.stderr


def test_the_readmes_estimators_are_trained_exported_and_promoted(stack: Stack) -> None:
    given = variables(r"`make retrain (.*mine:CANDIDATES)`")
    assert given == {"TRAINER_CANDIDATES": "mine:CANDIDATES"}
    done = stack.make("retrain", **given)
    assert done.returncode == 0, done
    assert "Export: ONNX, equal labels" in done.stdout
    assert served_on(done.stdout) == (2, 1, 1), done
    newest = stack.decisions()[0]
    assert (newest["outcome"], newest["model_name"]) == ("promoted", "boosted_trees")
    assert newest["scores"]["challenger"] > 0.9


def test_grown_data_with_a_new_city_is_trained_on_while_answers_go_on(stack: Stack) -> None:
    nairobi = {**STAYS, "city": "Nairobi"}
    before = stack.predict(nairobi)
    assert before["label"] == "stays", "nobody knows better yet"
    with traffic(stack.url, stack.example()) as seen:
        seen.wait_for_version(2)
        done = stack.make("retrain", **{**VARIABLES, "TRAINER_DATASET": GROWN})
        assert served_on(done.stdout) == (3, 1, 1), done
        seen.wait_for_version(3)
    assert seen.failures == []
    newest = stack.decisions()[0]
    assert newest["scores"]["challenger"] > newest["scores"]["champion"], "on the grown holdout"
    after = stack.predict(nairobi)
    assert (after["label"], after["model_version"]) == ("leaves", 3)
    assert stack.predict({**STAYS, "city": "Zürich"})["label"] == "stays"
    assert stack.make("fsck").returncode == 0

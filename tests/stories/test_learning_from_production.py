"""Production is logged and labelled: a score follows, and models that fail on it are taken back."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from shared.contract.documents import ROWS_MEDIA_TYPE
from shared.contract.layout import ROWS, TRAINING_LOG
from shared.scoring.row_hash_file import RowHashes, encode_row_hashes
from tests.stacks.published import publish_in
from tests.stacks.stack import NewStack, Stack
from tests.support.http import plain_http
from tests.support.models.lookup import candidate_on, lookup_model
from tests.support.models.toy import ToyModel
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for
from tests.support.stores.builders import ToyCandidate
from tests.support.stores.gatekeeping import with_file

pytestmark = pytest.mark.thorough

REQUESTS, LABELS = 5000, 3000
HOLDOUT = [("Bonn", "no")] * 20 + [("Oslo", "yes")] * 20 + [("Lima", "no")] * 10
"""Rome is asked for in production only."""
KNOWN = {"Bonn": "no", "Oslo": "yes"}
CHAMPION = lookup_model(KNOWN, unseen="yes", sure=0.7)
"""Right for Rome, which it has never seen, and wrong for Lima."""
FAILS = lookup_model(KNOWN | {"Lima": "no"}, unseen=None)
"""Better on the holdout, and without a finite answer for Rome."""
WORSE = lookup_model(KNOWN | {"Lima": "no"}, unseen="no")
"""Better on the holdout, and wrong for Rome."""
TRUTH = KNOWN | {"Rome": "yes"}


@pytest.fixture(scope="module")
def stack(new_stack: NewStack) -> Iterator[Stack]:
    with new_stack(
        METRIC="accuracy",
        PREDICTOR_WORKERS=2,
        PREDICTOR_LOG_SHARE=1,
        GATEKEEPER_ALLOW_SCHEMA_CHANGE="true",
        GATEKEEPER_PROBATION_MINUTES=60,
    ) as started:
        yield started


def handed_in(model: ToyModel, name: str) -> ToyCandidate:
    """Build a candidate that is right on its whole holdout, with rows that nobody asked for."""
    holdout = [row for row in HOLDOUT if model is not CHAMPION or row[0] in KNOWN]
    hashes = np.arange(1, 101, dtype=np.uint64)
    rows = encode_row_hashes(RowHashes(hashes, hashes[: len(holdout)] + np.uint64(1000)))
    made = candidate_on(model, holdout)
    features = made.manifest.data.model_copy(update={"features": model.artefact.features})
    made = made.with_manifest(data=features, model_name=name)
    return with_file(made, ROWS, ROWS_MEDIA_TYPE, rows)


def decision_on(stack: Stack, candidate: str) -> dict[str, Any]:
    """Wait for the decision on *candidate*, and return it."""

    def found() -> dict[str, Any] | None:
        of_candidate = [each for each in stack.decisions() if each["candidate_id"] == candidate]
        return of_candidate[0] if of_candidate else None

    return wait_for(found, f"a decision on {candidate}")


def live_score(stack: Stack, version: int) -> dict[str, Any] | None:
    versions = plain_http.get(f"{stack.gatekeeper_url}/live.json").raise_for_status().json()
    (score,) = (each["live_score"] for each in versions["versions"] if each["version"] == version)
    return score if score and score["rows"] == LABELS else None


def rollbacks_in_log(stack: Stack) -> list[dict[str, Any]]:
    lines = stack.in_store(f"cat {TRAINING_LOG}").stdout.splitlines()
    return [found for line in lines if (found := json.loads(line)).get("outcome") == "rolled_back"]


def test_requests_and_labels_give_the_score_of_scikit_learn(stack: Stack, tmp_path: Path) -> None:
    first = handed_in(CHAMPION, "champion")
    decision = decision_on(stack, publish_in(stack, first, tmp_path / "out"))
    assert decision["outcome"] == "promoted", decision
    wait_for(lambda: stack.version() == 2, "the champion")

    random = np.random.default_rng(1)
    cities = random.choice(["Bonn", "Oslo", "Rome"], REQUESTS, p=[0.4, 0.3, 0.3])
    answers = []
    with httpx.Client(base_url=stack.url, trust_env=False, timeout=PATIENCE_SECONDS) as client:
        for number, city in enumerate(cities.tolist()):
            row = {"features": {"city": city}, "id": f"case {number}"}
            answer = client.post("/predict", json=row).raise_for_status().json()
            assert (answer["id"], answer["model_version"]) == (f"case {number}", 2)
            answers.append(answer["label"])

    truth = [TRUTH[city] if random.random() < 0.9 else "no" for city in cities[:LABELS]]
    with (stack.checkout / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        rows = [(f"case {number}", label) for number, label in enumerate(truth)]
        csv.writer(file).writerows([("id", "label"), *rows])
    sent = stack.make("feedback", FILE="labels.csv")
    assert (sent.returncode, "3000" in sent.stdout) == (0, True), sent

    found = wait_for(lambda: live_score(stack, 2), "a live score", 2 * PATIENCE_SECONDS)
    assert abs(found["value"] - accuracy_score(truth, answers[:LABELS])) < 1e-12


def test_a_challenger_that_fails_on_a_category_seen_only_live_is_refused_by_name(
    stack: Stack, tmp_path: Path
) -> None:
    challenger = handed_in(FAILS, "fails")
    decision = decision_on(stack, publish_in(stack, challenger, tmp_path / "out"))
    assert decision["outcome"] == "refused"
    (failed,) = [check for check in decision["checks"] if not check["passed"]]
    assert failed["name"] == "live-rows-answered"
    assert "All of these have the value 'Rome' of 'city'" in failed["message"]
    assert stack.version() == 2


def test_a_challenger_that_is_worse_on_labelled_rows_is_rolled_back_by_itself_once(
    stack: Stack, tmp_path: Path
) -> None:
    challenger = handed_in(WORSE, "worse")
    promotion = decision_on(stack, publish_in(stack, challenger, tmp_path / "out"))
    assert promotion["outcome"] == "promoted", promotion
    assert promotion["registry"]["version"] == 3

    wait_for(lambda: stack.version() == 4, "the rollback", 3 * PATIENCE_SECONDS)
    registry = json.loads(stack.registry())
    assert (registry["version"], registry["digest"]) == (4, CHAMPION.digest)
    rolled_back = stack.decisions()[0]
    assert rolled_back["outcome"] == "rolled_back"
    (failed,) = [check for check in rolled_back["checks"] if not check["passed"]]
    assert failed["name"] == "probation-labels"
    assert failed["observed"]["rows"] == LABELS
    why = "Version 3 failed its probation. Labels show that it is worse: its accuracy is"
    assert failed["message"].startswith(why)
    log = wait_for(lambda: rollbacks_in_log(stack), "the line of training.log")
    assert [line["version"] for line in log] == [4]
    assert why in json.dumps(log)

    challenger = handed_in(WORSE, "worse again")
    again = decision_on(stack, publish_in(stack, challenger, tmp_path / "again"))
    assert again["outcome"] == "refused"
    failed_again = [check["name"] for check in again["checks"] if not check["passed"]]
    assert failed_again == ["not-rolled-back"]
    assert stack.version() == 4
    assert [each["outcome"] for each in stack.decisions()].count("rolled_back") == 1

"""Both services follow their OpenAPI documents for any request."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gatekeeper.decisions.rollback import roll_back
from shared.maintenance.store_checker import check_store
from shared.store.store import ModelStore
from tests.faults.support.effort import figure
from tests.faults.support.record import Record
from tests.faults.support.schema_runs import MAY_BE_REFUSED, Narrowed, explore
from tests.support.models.mixed import mixed_model
from tests.support.models.served import toy_regressor
from tests.support.models.toy import ToyModel, toy_model
from tests.support.processes.predictor import running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.gatekeeping import (
    Running,
    gatekeeper_of,
    outcomes,
    running_gatekeeper,
    weak_candidate,
)

WAITING = 3
INFER = Narrowed(
    "/infer$",
    "positive_data_acceptance",
    [*MAY_BE_REFUSED, "400"],
    "How many values a tensor needs follows from its shape, and what is behind the JSON from the "
    "sizes in it: JSON Schema cannot say either. tests/integration/open_inference/ does.",
    warnings=["validation_mismatch", "low_valid_rate"],
)
PREDICT = Narrowed(
    "^/predict$",
    "positive_data_acceptance",
    [*MAY_BE_REFUSED, "422"],
    "There must be as many ids as instances: JSON Schema cannot say it. "
    "tests/support/http/predict_requests.py does.",
)
NO_MODEL = Narrowed(
    ".",
    "not_a_server_error",
    ["2xx", "4xx", "503"],
    "Without a model 503 is the answer, as the document says.",
)
GENTLE_REGRESSOR = toy_regressor((0.25, 0.25))
"""A regressor with a finite prediction for every valid row, unlike other models."""
ANSWERED = Narrowed(
    "/(approve|reject)$",
    "",
    [],
    "The document's example names a candidate of another store, and few candidates wait. The test "
    "looks for the decisions that were made.",
    warnings=["missing_test_data"],
)
TABLE = Narrowed(
    "^/feedback$",
    "positive_data_acceptance",
    [*MAY_BE_REFUSED, "422"],
    "A table of labels needs a header and lines that fit it: JSON Schema cannot say it. "
    "tests/unit/gatekeeper/feedback/ does.",
)
STRANGER = Narrowed(".", "", [], "Nobody is let in: that is the point.", warnings=["missing_auth"])


def examples() -> int:
    return figure(quick=10, full=200)


@pytest.mark.parametrize(
    ("make_model", "is_fast"),
    [(mixed_model, True), (lambda: GENTLE_REGRESSOR, False), (lambda: None, True)],
    ids=["classifier, fast", "regressor, asgi", "no model"],
)
def test_the_predictor_does_what_its_document_says(
    store: ModelStore,
    tmp_path: Path,
    record: Record,
    make_model: Callable[[], ToyModel | None],
    is_fast: bool,
) -> None:
    model, values = make_model(), dict[str, list[str | int]]()
    if model is not None:
        registry = promote(store, model)
        values = {"path.name": [registry.model_name], "path.version": [str(registry.version)]}
    log = tmp_path / "log"
    with running_predictor(store, log, PREDICTOR_FAST_PATH=is_fast) as predictor:
        if model is not None:
            predictor.wait_until_ready()
        found = explore(
            predictor.url,
            tmp_path / "run",
            examples=examples(),
            values=values,
            narrowed=[INFER, PREDICT] if model else [NO_MODEL],
        )
        assert found.is_clean(), found.told()
        assert "Traceback" not in predictor.output()
    record.add("generated requests", "to the predictor", found.cases)


@pytest.fixture
def gatekeeper(store: ModelStore, tmp_path: Path) -> Iterator[Running]:
    """Start a gatekeeper on a store with every outcome and with waiting candidates."""
    toy_candidate(toy_model(bias=1.0)).publish(store)
    gatekeeper_of(store).poll()
    toy_candidate(toy_model(bias=2.0)).publish(store)
    weak_candidate().publish(store)
    gatekeeper_of(store).poll()
    roll_back(store, 1)
    assert outcomes(store) == ["promoted", "promoted", "refused", "rolled_back"]
    for number in range(WAITING):
        toy_candidate(toy_model(bias=3.0 + number / 10)).publish(store)
    with running_gatekeeper(
        store.layout.root, tmp_path / "log", GATEKEEPER_APPROVAL="manual"
    ) as running:
        wait_for(lambda: len(store.approvals.ids()) == WAITING, "all to wait")
        yield running


def known(store: ModelStore) -> dict[str, list[str | int]]:
    return {"path.candidate_id": list(store.candidates.ids()), "path.number": [1, 2, 3, 4]}


def test_the_gatekeeper_does_what_its_document_says_and_lets_nobody_in_without_the_token(
    store: ModelStore, tmp_path: Path, record: Record, gatekeeper: Running
) -> None:
    before = outcomes(store)
    found = explore(
        gatekeeper.url,
        tmp_path / "stranger",
        examples=examples(),
        values=known(store),
        narrowed=[STRANGER],
    )
    assert found.is_clean(), found.told()
    assert outcomes(store) == before
    record.add("generated requests", "to the gatekeeper, by a stranger", found.cases)

    token = store.layout.token.read_text().strip()
    # A rollback judges waiting candidates again, so requests about candidates come first.
    # Each approval decides a candidate, so more requests would find none waiting.
    for number, paths in enumerate(["^/candidates", "."]):
        found = explore(
            gatekeeper.url,
            tmp_path / f"operator {number}",
            examples=figure(quick=10, full=20),
            token=token,
            values=known(store),
            narrowed=[ANSWERED, TABLE],
            only=paths,
        )
        assert found.is_clean(), found.told()
        record.add("generated requests", "to the gatekeeper, with the token", found.cases)
    made = outcomes(store)[len(before) :]
    assert "rolled_back" in made
    assert {"promoted", "refused"} & set(made)
    assert [finding for finding in check_store(store) if finding.kind == "error"] == []
    assert "Traceback" not in gatekeeper.log_file.read_text()
    record.add("decisions of generated requests", "made", len(made))

"""Good and bad versions are promoted under an open-loop load.

The load is 70 % of the capacity of two workers, which the same client measures before. Each
response is compared with the predictions of the version that it names.
"""

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestClassifier

from shared.contract.layout import ONNX_MODEL
from shared.inference.onnx_servable import OnnxServable
from shared.store.store import ModelStore
from tests.faults.support.damages import DAMAGES, clear_away, complains
from tests.faults.support.effort import dice, figure
from tests.faults.support.load import loaded
from tests.faults.support.record import Record
from tests.support.models.served import exported, model_around
from tests.support.models.toy import CLASSES, FEATURES, ToyModel, toy_model, toy_rows
from tests.support.processes.predictor import running_predictor
from tests.support.processes.wait_until import wait_for
from tests.support.stores.builders import promote

WORKERS = 2
ROWS = toy_rows(6)
BODIES = [
    *(json.dumps({"features": row}) for row in ROWS.tolist()),
    json.dumps({"instances": ROWS.tolist()}),
]
"""Each row in a separate request, and all rows in one."""
BAD_EVERY, FIRST_BAD = 5, 2


def forest() -> ToyModel:
    """Fit a model that takes longer to load and to run than the toy models."""
    random = np.random.default_rng(0)
    rows, labels = random.normal(size=(500, 2)), random.integers(0, 2, 500)
    fitted = RandomForestClassifier(50, random_state=0).fit(rows, labels)
    return model_around(exported(fitted, features=2), FEATURES, toy_rows())


def golden_answers(name: str, version: int, model: ToyModel) -> list[dict[str, Any]]:
    """Return the expected response of *version* to each body."""
    found = OnnxServable(model.files[ONNX_MODEL], model.artefact).predict(ROWS)
    assert found.probabilities is not None
    values, probabilities = found.values.tolist(), found.probabilities.tolist()
    labels = [CLASSES[value] for value in values]
    said = {"model_name": name, "model_version": version}
    single = [
        {
            "prediction": value,
            "label": label,
            "probabilities": dict(zip(CLASSES, row, strict=True)),
            **said,
        }
        for value, label, row in zip(values, labels, probabilities, strict=True)
    ]
    many = {
        "predictions": values,
        "labels": labels,
        "probabilities": probabilities,
        "classes": list(CLASSES),
        **said,
    }
    return [*single, many]


def wrong_answers(
    seen: Mapping[str, Any], golden: Mapping[int, list[dict[str, Any]]]
) -> list[tuple[str, int, str]]:
    """List wrong responses: the reason, the count and the response."""
    found = []
    for question, version, body, count in seen["answers"]:
        if version not in golden:
            found.append((f"version {version} must not answer", count, body))
        elif json.loads(body) != golden[version][question]:
            found.append((f"not what version {version} says to {question}", count, body))
    return found


def test_every_answer_is_that_of_its_version_while_versions_are_promoted(
    store: ModelStore, tmp_path: Path, record: Record
) -> None:
    models = {f"toy-{n}": toy_model(bias=n / 4) for n in range(3)} | {"forest": forest()}
    promotions = figure(quick=8, full=130)
    bad = iter(dice().sample(DAMAGES, promotions // BAD_EVERY + 1))
    served: dict[int, tuple[str, ToyModel]] = {}

    def promote_next() -> int:
        name = [*models][len(served) % len(models)]
        version = promote(store, models[name], name).version
        served[version] = (name, models[name])
        return version

    first = promote_next()
    variables = {"PREDICTOR_WORKERS": WORKERS, "PREDICTOR_POLL_SECONDS": 0.05}
    each = figure(quick=2, full=6) / 6
    least = figure(quick=5_000, full=110_000)
    with running_predictor(store, tmp_path / "log", **variables) as predictor:
        pids = predictor.wait_for_workers(first, WORKERS)
        with loaded(predictor.url, BODIES, tmp_path, least) as load:
            for number in range(promotions):
                load.wait_for_answers(each)
                if number % BAD_EVERY == FIRST_BAD:
                    damage = next(bad)
                    damage.promote(store, 9 + number / 1024)
                    wait_for(partial(complains, store, damage.says), damage.name)
                    record.add("reload under load", "bad reloads", 1)
                    load.wait_for_answers(each)
                    clear_away(store)
                else:
                    predictor.wait_for_workers(promote_next(), WORKERS)
                record.add("reload under load", "reloads", 1)
            load.wait_for_answers(each)
            seen = load.end()
        assert sorted(predictor.wait_for_workers(max(served), WORKERS)) == sorted(pids)

    golden = {version: golden_answers(name, version, m) for version, (name, m) in served.items()}
    assert (seen["failures"], seen["first_failures"], seen["unanswered"]) == (0, [], 0)
    assert wrong_answers(seen, golden) == []
    assert {version for _, version, _, _ in seen["answers"]} == set(served), "each has answered"
    record.add("reload under load", "requests", seen["asked"])
    record.most("reload under load", "requests per second", round(seen["rate"]))
    for name, milliseconds in seen["late_ms"].items():
        record.most("reload under load", f"ms late, {name}", milliseconds)

"""Whether answers given while versions changed are whole, right, and of the version they claim."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.load.client import Response
from bench.load.payloads import Rows
from shared.inference.onnx_servable import OnnxServable
from shared.store.store import ModelStore

TOLERANCE = 1e-6
"""Between probabilities; LR and RF-100 differ by far more on the rows that are asked."""
_OK = 200
_VERSION = b"x-model-version: "


@dataclass(frozen=True)
class ExpectedAnswers:
    """What one version answers for each of the rows."""

    model_name: str
    classes: tuple[str, ...]
    predictions: list[int]
    probabilities: list[list[float]]


@dataclass
class ResponseLog:
    """Every distinct answer with how often it came. Judged afterwards, so that seeing is cheap."""

    rows: int
    """How many different rows are asked in turn; connection n begins with the n-th."""
    answers: Counter[tuple[int, bytes, bytes]] = field(default_factory=Counter)
    """By row, version in the header, and body."""
    failures: list[str] = field(default_factory=list)
    newest: dict[int, int] = field(default_factory=dict)
    """By connection."""
    finished: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def see(self, answer: Response) -> None:
        """Take down one answer."""
        self.finished.append(answer.finished)
        self.seconds.append(answer.seconds)
        at = answer.head.find(_VERSION)
        if answer.status != _OK or at < 0:
            self.failures.append(f"{answer.head!r:.200} {answer.body!r:.200}")
            return
        version = answer.head[at + len(_VERSION) :].split(b"\r\n", 1)[0]
        number = int(version)
        if number < self.newest.get(answer.connection, 0):
            self.failures.append(f"went back to version {number} on one connection")
        self.newest[answer.connection] = number
        row = (answer.connection + answer.asked) % self.rows
        self.answers[row, version, answer.body] += 1


def wrong_answers(
    seen: ResponseLog, expected: Mapping[int, ExpectedAnswers]
) -> list[tuple[int, str]]:
    """How often each wrong answer came, and what is wrong with it."""
    wrong = []
    for (row, header, body), count in seen.answers.items():
        version = int(header)
        if version not in expected:
            wrong.append((count, f"version {version} was never in production"))
        elif reason := _difference(body, expected[version], row, version):
            wrong.append((count, f"version {version}, row {row}: {reason}; found {body!r:.300}"))
    return wrong


def expected_answers(store: ModelStore, rows: Rows) -> dict[int, ExpectedAnswers]:
    """What every version of the log answers, computed here from the bytes on the store."""
    models: dict[str, ExpectedAnswers] = {}
    versions = {}
    for decision in store.decision_log().decisions():
        registry = decision.registry
        if registry is None:
            continue
        if registry.digest not in models:
            read = store.models.read(registry.digest)
            found = OnnxServable(read.model, read.artefact).predict(rows)
            assert found.probabilities is not None  # noqa: S101 - LR and RF-100 give them
            models[registry.digest] = ExpectedAnswers(
                registry.model_name,
                read.artefact.classes,
                found.values.tolist(),
                found.probabilities.tolist(),
            )
        versions[registry.version] = models[registry.digest]
    return versions


def differing_rows(store: ModelStore, candidates: Rows, count: int) -> Rows:
    """The *count* rows on which the models of the store differ most, so that a mix shows."""
    answers = {e.model_name: e.probabilities for e in expected_answers(store, candidates).values()}
    first, second = (np.array(probabilities) for probabilities in answers.values())
    distance = np.abs(first - second).max(axis=1)
    chosen: Rows = candidates[np.argsort(distance)[-count:]]
    return chosen


def _difference(body: bytes, expected: ExpectedAnswers, row: int, version: int) -> str | None:
    try:
        found: dict[str, Any] = json.loads(body)
        probabilities = [found["probabilities"][name] for name in expected.classes]
    except (ValueError, KeyError, TypeError) as error:
        return f"it cannot be read ({error!r})"
    prediction = expected.predictions[row]
    exact = {
        "prediction": prediction,
        "label": expected.classes[prediction],
        "model_name": expected.model_name,
        "model_version": version,
    }
    for key, value in exact.items():
        if found.get(key) != value:
            return f"{key} is {found.get(key)!r}, not {value!r}"
    return _far(probabilities, expected.probabilities[row])


def _far(found: Sequence[float], expected: Sequence[float]) -> str | None:
    if max(abs(a - b) for a, b in zip(found, expected, strict=True)) > TOLERANCE:
        return f"the probabilities are {found}, not {expected}"
    return None

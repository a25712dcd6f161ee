"""Check that responses during swaps are complete, right, and of the version they claim."""

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
"""Allowed difference of probabilities. LR and RF-100 differ by far more on these rows."""
_OK = 200
_VERSION = b"x-model-version: "


@dataclass(frozen=True)
class ExpectedAnswers:
    """The right responses of one version for all rows."""

    model_name: str
    classes: tuple[str, ...]
    predictions: list[int]
    probabilities: list[list[float]]


@dataclass
class ResponseLog:
    """All different responses and their counts. They are checked after the load has ended."""

    rows: int
    """Number of rows that are sent in turn. Connection n begins with row n."""
    counts: Counter[tuple[int, bytes, bytes]] = field(default_factory=Counter)
    """Number of responses by row, version in the header, and body."""
    failures: list[str] = field(default_factory=list)
    newest: dict[int, int] = field(default_factory=dict)
    """Newest version by connection."""
    finished: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def record(self, response: Response) -> None:
        """Record one response."""
        self.finished.append(response.finished)
        self.seconds.append(response.seconds)
        at = response.head.find(_VERSION)
        if response.status != _OK or at < 0:
            self.failures.append(f"{response.head!r:.200} {response.body!r:.200}")
            return
        version = response.head[at + len(_VERSION) :].split(b"\r\n", 1)[0]
        number = int(version)
        if number < self.newest.get(response.connection, 0):
            self.failures.append(f"went back to version {number} on one connection")
        self.newest[response.connection] = number
        row = (response.connection + response.index) % self.rows
        self.counts[row, version, response.body] += 1


def wrong_answers(
    log: ResponseLog, expected: Mapping[int, ExpectedAnswers]
) -> list[tuple[int, str]]:
    """Return each kind of wrong response with its count and the reason."""
    wrong = []
    for (row, header, body), count in log.counts.items():
        version = int(header)
        if version not in expected:
            wrong.append((count, f"version {version} was never in production"))
        elif reason := _difference(body, expected[version], row, version):
            wrong.append((count, f"version {version}, row {row}: {reason}; found {body!r:.300}"))
    return wrong


def expected_answers(store: ModelStore, rows: Rows) -> dict[int, ExpectedAnswers]:
    """Compute the right responses of all versions in the log from the files in the store."""
    models: dict[str, ExpectedAnswers] = {}
    versions = {}
    for decision in store.decision_log().decisions():
        registry = decision.registry
        if registry is None:
            continue
        if registry.digest not in models:
            read = store.models.read(registry.digest)
            predictions = OnnxServable(read.model, read.artefact).predict(rows)
            assert predictions.probabilities is not None  # noqa: S101 - both models have them
            models[registry.digest] = ExpectedAnswers(
                registry.model_name,
                read.artefact.classes,
                predictions.values.tolist(),
                predictions.probabilities.tolist(),
            )
        versions[registry.version] = models[registry.digest]
    return versions


def differing_rows(store: ModelStore, candidates: Rows, count: int) -> Rows:
    """Return the *count* rows on which the two models differ most, so that mixtures show."""
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
        return f"the response cannot be parsed ({error!r})"
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
    return _compare(probabilities, expected.probabilities[row])


def _compare(found: Sequence[float], expected: Sequence[float]) -> str | None:
    if max(abs(a - b) for a, b in zip(found, expected, strict=True)) > TOLERANCE:
        return f"the probabilities are {found}, not {expected}"
    return None

"""Toy models, candidates and stores, each in one line of a test."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper

from shared.contract.documents import (
    JSON_MEDIA_TYPE,
    NPZ_MEDIA_TYPE,
    ONNX_MEDIA_TYPE,
    Artefact,
    CandidateResult,
    DataSummary,
    Decision,
    Descriptor,
    Feature,
    Manifest,
    Parity,
    Registry,
    compute_digest,
)
from shared.contract.layout import ARTEFACT, GOLDEN, HOLDOUT, ONNX_MODEL
from shared.contract.signatures import sign_registry
from shared.contract.signing_keys import SigningKey
from shared.inference.golden_rows import record_golden_rows
from shared.inference.onnx_servable import OnnxServable
from shared.scoring.holdout_file import Holdout, encode_holdout
from shared.store.candidates import new_candidate_id
from shared.store.store import ModelStore

FEATURES = ("width", "height")
CLASSES = ("small", "large")


def numbers_called(names: Sequence[str]) -> tuple[Feature, ...]:
    """Return the features of a model that takes only numbers."""
    return tuple(Feature(name=name, type="number") for name in names)


def toy_onnx(weights: Sequence[float] = (1.0, 1.0), bias: float = 0.0) -> bytes:
    """Build a logistic regression: P(class 1) = sigmoid(weights · row + bias).

    Each bias gives its own digest and probabilities, so a prediction shows which model made it.
    """
    columns = np.array([[-w, w] for w in weights], dtype=np.float32) / 2
    offsets = np.array([-bias, bias], dtype=np.float32) / 2
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["rows", "weights"], ["products"]),
            helper.make_node("Add", ["products", "offsets"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
            helper.make_node("ArgMax", ["logits"], ["label"], axis=1, keepdims=0),
        ],
        "toy",
        [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, len(weights)])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2]),
        ],
        [
            onnx.numpy_helper.from_array(columns, "weights"),
            onnx.numpy_helper.from_array(offsets, "offsets"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


@dataclass(frozen=True)
class ToyModel:
    """The files of one artefact, and its parsed document."""

    files: dict[str, bytes]
    artefact: Artefact

    @property
    def digest(self) -> str:
        return compute_digest(self.files[ARTEFACT])

    @property
    def descriptors(self) -> tuple[Descriptor, ...]:
        return (
            Descriptor.describe(ARTEFACT, JSON_MEDIA_TYPE, self.files[ARTEFACT]),
            self.artefact.golden,
            self.artefact.model,
        )


def toy_rows(count: int = 8, features: int = len(FEATURES)) -> npt.NDArray[np.float64]:
    """Return rows on both sides of the toy model's boundary."""
    numbers = np.linspace(-4.0, 4.0, count * features)
    return numbers.reshape(count, features)


def toy_model(
    weights: Sequence[float] = (1.0, 1.0),
    bias: float = 0.0,
    *,
    features: Sequence[str] = FEATURES,
    onnx_bytes: bytes | None = None,
) -> ToyModel:
    """Build an artefact of `toy_onnx`, or of *onnx_bytes* with the toy model's golden rows."""
    honest = toy_onnx(weights, bias)
    served = honest if onnx_bytes is None else onnx_bytes
    draft = Artefact(
        task="classification",
        features=numbers_called(features),
        classes=CLASSES,
        has_probabilities=True,
        model=Descriptor.describe(ONNX_MODEL, ONNX_MEDIA_TYPE, served),
        golden=Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, b""),
    )
    rows = toy_rows(features=len(features))
    golden = record_golden_rows(rows, OnnxServable(honest, draft).predict(rows)).encode()
    artefact = draft.model_copy(
        update={"golden": Descriptor.describe(GOLDEN, JSON_MEDIA_TYPE, golden)}
    )
    files = {ARTEFACT: artefact.encode(), GOLDEN: golden, ONNX_MODEL: served}
    return ToyModel(files, artefact)


@dataclass(frozen=True)
class ToyCandidate:
    """A candidate before publication. Tests change it with `replace`."""

    manifest: Manifest
    files: dict[str, bytes]

    def publish(self, store: ModelStore, key: SigningKey | None = None) -> str:
        """Publish it as a trainer does, signed if there is a *key*. Return its id."""
        store.candidates.publish(self.manifest, self.files, key)
        return self.manifest.candidate_id

    def with_manifest(self, **changes: object) -> "ToyCandidate":
        return replace(self, manifest=self.manifest.model_copy(update=changes))

    def without(self, name: str) -> "ToyCandidate":
        files = {key: data for key, data in self.files.items() if key != name}
        return replace(self, files=files)


def toy_candidate(
    model: ToyModel | None = None,
    *,
    correct: int = 10,
    rows: int = 10,
    model_name: str = "toy",
    claimed: float | None = None,
) -> ToyCandidate:
    """Build a candidate whose model predicts *correct* of *rows* holdout rows correctly.

    The metric is accuracy. Score and claimed score are both correct / rows.
    """
    model = model or toy_model()
    features = toy_rows(rows, len(model.artefact.features))
    answers = OnnxServable(model.files[ONNX_MODEL], model.artefact).predict(features).values
    target = answers.astype(np.int64)
    target[correct:] = 1 - target[correct:]
    holdout = encode_holdout(Holdout(features, target))
    files = {**model.files, HOLDOUT: holdout}
    score = correct / rows if claimed is None else claimed
    now = datetime.now(UTC)
    manifest = Manifest(
        candidate_id=new_candidate_id(now),
        created_at=now,
        model_name=model_name,
        metric="accuracy",
        digest=model.digest,
        holdout_metrics={"accuracy": score},
        files=(*model.descriptors, Descriptor.describe(HOLDOUT, NPZ_MEDIA_TYPE, holdout)),
        candidates=(
            CandidateResult(
                name=model_name,
                estimator="Toy",
                parameters={},
                metrics={"accuracy": score},
                confusion_matrix=None,
                fit_seconds=0.0,
                error=None,
            ),
        ),
        parity=Parity(rows=rows, labels_equal=True, max_probability_difference=0.0),
        data=DataSummary(
            source="toy",
            fingerprint=compute_digest(holdout),
            rows=rows,
            target="size",
            parts={"train": 0, "validation": 0, "holdout": rows},
            class_counts={},
            split_salt="",
            row_key=None,
        ),
        seed=0,
        candidates_table="toy",
        versions={},
        durations={},
    )
    return ToyCandidate(manifest, files)


def promote(
    store: ModelStore, model: ToyModel, model_name: str = "toy", key: SigningKey | None = None
) -> Registry:
    """Put *model* in production as the next version, without a gate.

    Return the registry, signed if there is a *key*.
    """
    if not store.models.has(model.digest):
        place(store, model)
    return name_in_production(store, model, model_name, key)


def place(store: ModelStore, model: ToyModel) -> None:
    """Write the files of *model* to the store, without a registry that names it."""
    with store.models.staging() as staging:
        for name, data in model.files.items():
            (staging / name).write_bytes(data)
        store.models.publish(staging, model.digest)


def name_in_production(
    store: ModelStore, model: ToyModel, model_name: str = "toy", key: SigningKey | None = None
) -> Registry:
    """Name *model* in the log and the registry, even if its files are missing."""
    log = store.decision_log()
    now = datetime.now(UTC)
    previous = log.registry.version if log.registry else None
    registry = Registry(
        version=(previous or 0) + 1,
        model_name=model_name,
        metric="accuracy",
        metrics={"accuracy": 1.0},
        digest=model.digest,
        candidate_id=new_candidate_id(now),
        decision=log.next_number,
        promoted_at=now,
        files=model.descriptors,
        previous_version=previous,
    )
    registry = sign_registry(registry, key)
    log.append(
        Decision(
            number=log.next_number,
            previous=log.head_sha256,
            candidate_id=registry.candidate_id,
            outcome="promoted",
            checks=(),
            decided_at=now,
            model_name=model_name,
            metric="accuracy",
            scores={"challenger": 1.0, "champion": None, "candidates": {}},
            registry=registry,
        )
    )
    store.registry.roll_forward(log)
    return registry

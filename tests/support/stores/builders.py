"""Toy candidates, and models in production without a gate."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np

from shared.contract.documents import (
    JSON_MEDIA_TYPE,
    NPZ_MEDIA_TYPE,
    DataSummary,
    Decision,
    Descriptor,
    Manifest,
    Registry,
    compute_digest,
)
from shared.contract.layout import HOLDOUT, ONNX_MODEL, REFERENCE
from shared.contract.parity import Parity
from shared.contract.run_results import CandidateResult
from shared.contract.signatures import sign_registry
from shared.contract.signing_keys import SigningKey
from shared.inference.onnx_servable import OnnxServable
from shared.live.reference_builder import build_reference
from shared.scoring.holdout_file import Holdout, encode_holdout
from shared.store.candidates import new_candidate_id
from shared.store.store import ModelStore
from tests.support.models.toy import ToyModel, toy_model, toy_rows


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

    The metric is accuracy. Score and claimed score are both correct / rows. The reference
    describes the holdout rows.
    """
    model = model or toy_model()
    features = toy_rows(rows, len(model.artefact.features))
    answers = OnnxServable(model.files[ONNX_MODEL], model.artefact).predict(features)
    target = answers.values.astype(np.int64)
    target[correct:] = 1 - target[correct:]
    holdout = encode_holdout(Holdout(features, target))
    reference = build_reference(model.artefact, features, answers).encode()
    files = {**model.files, HOLDOUT: holdout, REFERENCE: reference}
    score = correct / rows if claimed is None else claimed
    now = datetime.now(UTC)
    manifest = Manifest(
        candidate_id=new_candidate_id(now),
        created_at=now,
        model_name=model_name,
        metric="accuracy",
        digest=model.digest,
        holdout_metrics={"accuracy": score},
        files=(
            *model.descriptors,
            Descriptor.describe(HOLDOUT, NPZ_MEDIA_TYPE, holdout),
            Descriptor.describe(REFERENCE, JSON_MEDIA_TYPE, reference),
        ),
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
    store: ModelStore,
    model: ToyModel,
    model_name: str = "toy",
    key: SigningKey | None = None,
    at: datetime | None = None,
) -> Registry:
    """Put *model* in production as the next version, without a gate, now or *at* a time.

    Return the registry, signed if there is a *key*.
    """
    if not store.models.has(model.digest):
        place(store, model)
    return name_in_production(store, model, model_name, key, at)


def place(store: ModelStore, model: ToyModel) -> None:
    """Write the files of *model* to the store, without a registry that names it."""
    with store.models.staging() as staging:
        for name, data in model.files.items():
            (staging / name).write_bytes(data)
        store.models.publish(staging, model.digest)


def name_in_production(
    store: ModelStore,
    model: ToyModel,
    model_name: str = "toy",
    key: SigningKey | None = None,
    at: datetime | None = None,
) -> Registry:
    """Name *model* in the log and the registry, even if its files are missing."""
    log = store.decision_log()
    now = at or datetime.now(UTC)
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

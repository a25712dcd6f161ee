"""An evaluator of toy children, which behave as the request's metric says."""

import os
import threading
from pathlib import Path

from gatekeeper.evaluation.process_evaluator import ProcessEvaluator
from gatekeeper.evidence.evaluation_messages import ScoringRequest
from shared.contract.documents import NPZ_MEDIA_TYPE, Descriptor
from shared.contract.layout import HOLDOUT
from tests.integration.bad_candidates.test_sandboxed_models import running

TOY = "tests.integration.bad_candidates.toy_child"


def toy_evaluator(stopping: threading.Event | None = None) -> ProcessEvaluator:
    return ProcessEvaluator(stopping or threading.Event(), TOY, TOY)


def toy_job(behaviour: str, seconds: float = 60.0) -> ScoringRequest:
    """Return a request to `tests.integration.bad_candidates.toy_child`."""
    return ScoringRequest(
        model_directory=Path(),
        digest="",
        holdout_directory=Path(),
        holdout=Descriptor.describe(HOLDOUT, NPZ_MEDIA_TYPE, b""),
        schema_directory=Path(),
        schema_digest="",
        metric=behaviour,
        allow_joblib=False,
        seconds=seconds,
        memory_mib=512,
    )


def toy_servers() -> list[int]:
    """List running fork servers of this process."""
    return [pid for pid, parent in running(TOY) if parent == os.getpid()]


def toy_children() -> list[int]:
    """List running children of these servers."""
    servers = toy_servers()
    return [pid for pid, parent in running(TOY) if parent in servers]

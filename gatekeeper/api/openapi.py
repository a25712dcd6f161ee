"""A summary and an example for each route of the API, for /docs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gatekeeper.live_status.example import HEALTH_EXAMPLE, LIVE_EXAMPLE
from shared.contract.documents import ONNX_MEDIA_TYPE
from shared.contract.layout import ONNX_MODEL
from shared.http.openapi_examples import RouteExample
from shared.version import VERSION

_CANDIDATE = "20260131T115958123456Z-1f0c9a3e"
_DIGEST = "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
_PROMOTED_AT = "2026-01-31T12:00:00Z"
_MODEL = {"model_name": "logistic_regression", "metric": "f1"}
_FILES = [
    {
        "name": ONNX_MODEL,
        "media_type": ONNX_MEDIA_TYPE,
        "sha256": _DIGEST.removeprefix("sha256:"),
        "size": 1028,
    }
]
_REGISTRY = {
    "format_version": 1,
    "version": 3,
    **_MODEL,
    "metrics": {"f1": 0.9784},
    "digest": _DIGEST,
    "candidate_id": _CANDIDATE,
    "decision": 5,
    "promoted_at": _PROMOTED_AT,
    "files": _FILES,
    "previous_version": 2,
}
_CHECKS = [
    {
        "name": "champion-comparison",
        "passed": True,
        "observed": 0.9784,
        "required": 0.9712,
        "message": "f1 0.9784 is better than the 0.9712 of version 2, scored on the same rows.",
    }
]
_DECISION = {
    "format_version": 1,
    "number": 5,
    "previous": "8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4",
    "candidate_id": _CANDIDATE,
    "outcome": "promoted",
    "checks": _CHECKS,
    "decided_at": _PROMOTED_AT,
    **_MODEL,
    "scores": {"challenger": 0.9784, "champion": 0.9712},
    "registry": _REGISTRY,
}
_BY_A_PERSON = {"reason": "The law changes next month.", "decided_by": "ada"}
_ANSWER = {"reason": _BY_A_PERSON["reason"], "by": "ada"}
_ROLLED_BACK = {
    **_DECISION,
    "number": 6,
    "candidate_id": None,
    "outcome": "rolled_back",
    "checks": [],
    "scores": {},
    "registry": {**_REGISTRY, "version": 4, "decision": 6, "previous_version": 3},
    **_BY_A_PERSON,
}
_MANIFEST = {
    "format_version": 1,
    "candidate_id": _CANDIDATE,
    "created_at": "2026-01-31T11:59:58.123456Z",
    **_MODEL,
    "digest": _DIGEST,
    "holdout_metrics": {"f1": 0.9784},
    "files": _FILES,
    "candidates": [
        {
            "name": "logistic_regression",
            "estimator": "LogisticRegression",
            "parameters": {"C": 1.0},
            "metrics": {"f1": 0.9701},
            "confusion_matrix": [[40, 2], [2, 69]],
            "fit_seconds": 0.05,
            "error": None,
        }
    ],
    "parity": None,
    "data": {
        "source": "breast_cancer",
        "fingerprint": _DIGEST,
        "rows": 569,
        "target": "target",
        "parts": {"train": 341, "validation": 113, "holdout": 115},
        "class_counts": {"train": {"malignant": 127, "benign": 214}},
        "features": [{"name": "mean radius", "type": "number", "minimum": 6.98, "maximum": 28.1}],
        "split_salt": "",
        "row_key": None,
    },
    "seed": 42,
    "candidates_table": "default",
    "settings": {},
    "versions": {"modelgate": VERSION},
    "durations": {"fit": 1.5},
}
_SUMMARY = {
    "candidate_id": _CANDIDATE,
    "decided": True,
    "outcome": "promoted",
    "decision": 5,
    "model_name": "logistic_regression",
    "waiting": False,
}
_DETAIL = {
    "candidate_id": _CANDIDATE,
    "manifest": _MANIFEST,
    "manifest_error": None,
    "decision": _DECISION,
    "waiting": None,
}
_FLEET = {
    "registry_version": 3,
    "live": 1,
    "serving": {"3": 1},
    "quarantined": 0,
    "converged": True,
    "workers": [
        {
            "worker": "web-1-4711",
            "host": "web-1",
            "pid": 4711,
            "live": True,
            "judged": True,
            "beat_at": "2026-01-31T12:00:05Z",
            "loaded_at": "2026-01-31T12:00:00.140000Z",
            "desired_version": 3,
            "serving_version": 3,
            "lag": 0,
            "last_error": None,
            "quarantined": False,
            "note": None,
        }
    ],
    "left_out": [],
    "unusable": 0,
    "unread": 0,
    "health": HEALTH_EXAMPLE,
    "webhooks": [
        {
            "receiver": "hooks.example.com-1f0c9a3e",
            "delivered": 12,
            "waiting": 0,
            "given_up": 0,
            "failing_since": None,
        }
    ],
}

_METRICS = """\
# HELP modelgate_gatekeeper_registry_version Registry version in production; 0 without one.
# TYPE modelgate_gatekeeper_registry_version gauge
modelgate_gatekeeper_registry_version 3.0
"""
_BY_ID: Mapping[str, Any] = {"candidate_id": _CANDIDATE}
_VERSIONS = {
    "versions": [
        {
            "registry": _REGISTRY,
            "outcome": "promoted",
            "restorable": True,
            "threshold": None,
            "positive_class": "benign",
        }
    ]
}

EXAMPLES: Mapping[str, RouteExample] = MappingProxyType(
    {
        "GET /registry": RouteExample(
            "The model in production, now or at a time", _REGISTRY, None, {"at": _PROMOTED_AT}
        ),
        "GET /registry/history": RouteExample("Every version that was in production", _VERSIONS),
        "POST /registry/rollback": RouteExample(
            "Put an earlier version into production again", _ROLLED_BACK, {"version": 3, **_ANSWER}
        ),
        "GET /decisions": RouteExample(
            "The decision log, newest first",
            {"decisions": [_DECISION], "before": None},
            None,
            {"outcome": "promoted", "limit": 10, "before": 6},
        ),
        "GET /decisions/{number}": RouteExample(
            "One decision with all its checks", _DECISION, None, {"number": 5}
        ),
        "GET /candidates": RouteExample("Candidates in the store", {"candidates": [_SUMMARY]}),
        "GET /candidates/{candidate_id}": RouteExample(
            "The claims of a candidate and the decision on it", _DETAIL, None, _BY_ID
        ),
        "POST /candidates/{candidate_id}/approve": RouteExample(
            "Promote a candidate that awaits approval",
            {**_DECISION, **_BY_A_PERSON},
            _ANSWER,
            _BY_ID,
        ),
        "POST /candidates/{candidate_id}/reject": RouteExample(
            "Refuse a candidate that awaits approval",
            {**_DECISION, "outcome": "refused", "registry": None, **_BY_A_PERSON},
            _ANSWER,
            _BY_ID,
        ),
        "GET /fleet": RouteExample("The version that each predictor worker serves", _FLEET),
        "GET /live.json": RouteExample(
            "Production over time, and beside its reference", LIVE_EXAMPLE, None, {"range": "day"}
        ),
        "GET /metrics": RouteExample("Metrics in Prometheus' text format", _METRICS),
        "GET /livez": RouteExample("The process responds", {"status": "live"}),
        "GET /readyz": RouteExample("Candidates are decided", {"status": "ready"}),
    }
)

"""A summary and an example for each route except /v2, for /docs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from shared.http.openapi_examples import RouteExample
from shared.version import VERSION

_DIGEST = "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
_PREDICTION = {
    "prediction": 0,
    "label": "malignant",
    "probabilities": {"malignant": 0.98, "benign": 0.02},
    "model_name": "logistic_regression",
    "model_version": 3,
    "id": "order 17",
}
_MODEL: Mapping[str, Any] = {
    "worker": "web-1-4711",
    "modelgate_version": VERSION,
    "desired_version": 3,
    "desired_digest": _DIGEST,
    "serving_version": 3,
    "serving_digest": _DIGEST,
    "model_name": "logistic_regression",
    "metric": "f1",
    "metrics": {"f1": 0.9784},
    "task": "classification",
    "features": [
        {"name": "age", "type": "number", "nullable": False, "minimum": 18.0, "maximum": 90.0},
        {"name": "plan", "type": "category", "nullable": True, "categories": ["basic", "plus"]},
    ],
    "missing_values": ["NA"],
    "classes": ["malignant", "benign"],
    "threshold": {"label": "malignant", "probability": 0.3},
    "positive_class": "benign",
    "loaded_at": "2026-01-31T12:00:00.140000Z",
    "last_error": None,
    "example": [41.0, "basic"],
}
_METRICS = """\
# HELP modelgate_predictor_requests_total Requests answered, by the route's path and HTTP status.
# TYPE modelgate_predictor_requests_total counter
modelgate_predictor_requests_total{endpoint="/predict",status="200"} 17
"""

EXAMPLES: Mapping[str, RouteExample] = MappingProxyType(
    {
        "POST /predict": RouteExample("Predict one row or many", _PREDICTION),
        "GET /model": RouteExample("The desired and the served model", _MODEL),
        "GET /livez": RouteExample("The process responds", {"status": "live"}),
        "GET /readyz": RouteExample(
            "A model is loaded and has reproduced its golden rows",
            {"status": "ready", "model_version": 3},
        ),
        "GET /metrics": RouteExample("Metrics of all workers in Prometheus' text format", _METRICS),
    }
)

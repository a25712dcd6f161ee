"""An example of the response, for the OpenAPI document."""

from collections.abc import Mapping
from typing import Any

_AT = "2026-01-31T12:00:00Z"
HEALTH_EXAMPLE: Mapping[str, Any] = {
    "healthy": True,
    "sentence": "Healthy: v3 serves on 1 of 1 live workers; 2,000 requests in the last hours; "
    "no drift.",
    "problems": [],
    "live_score": None,
}
LIVE_EXAMPLE: Mapping[str, Any] = {
    "range": "day",
    "since": "2026-01-30T13:00:00Z",
    "until": "2026-01-31T13:00:00Z",
    "step_seconds": 3600,
    "health": HEALTH_EXAMPLE,
    "version": 3,
    "model_name": "logistic_regression",
    "versions": [
        {
            "version": 3,
            "requests": 2000,
            "rejected": 1,
            "failed": 0,
            "rows": 1999,
            "counted_rows": 1999,
            "mean_seconds": 0.0009,
            "p50_seconds": 0.0008,
            "p95_seconds": 0.0019,
            "points": [
                {
                    "start": _AT,
                    "requests": 2000,
                    "failed": 0,
                    "mean_seconds": 0.0009,
                    "p50_seconds": 0.0008,
                    "p95_seconds": 0.0019,
                }
            ],
            "live_score": {
                "metric": "f1",
                "value": 0.9712,
                "low": 0.9651,
                "high": 0.9768,
                "rows": 3000,
                "unusable": 0,
                "oversized_segments": 0,
                "promised": 0.9737,
                "comparison": "inside",
                "computed_at": _AT,
                "problem": None,
                "sentence": "v3 has f1 0.9712 on 3,000 labelled rows; on other rows of this kind "
                "it is likely to be between 0.9651 and 0.9768. The gate's score on the holdout, "
                "0.9737, is inside this interval.",
            },
            "prediction_bins": ["malignant", "benign", "others"],
            "predictions": [{"start": _AT, "counts": [740, 1259, 0]}],
        }
    ],
    "promotions": [{"version": 3, "decision": 5, "at": _AT, "outcome": "promoted"}],
    "not_compared": None,
    "predictions": {
        "bins": ["malignant", "benign"],
        "edges": None,
        "reference": [43, 71],
        "live": [740, 1259],
    },
    "probabilities": None,
    "features": [
        {
            "bins": ["up to 13.4", "above 13.4"],
            "edges": [13.4],
            "reference": [171, 170],
            "live": [1001, 998],
            "name": "mean radius",
            "reference_missing": 0,
            "live_missing": 0,
            "live_unseen": 0,
            "drift": [],
        }
    ],
    "drift": {
        "version": 3,
        "checked_at": "2026-01-31T12:05:00Z",
        "not_checked": None,
        "drifted": [],
    },
    "notes": [],
}

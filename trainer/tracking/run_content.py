"""The parameters, metrics and tags that MLflow shows of a candidate, from its manifest."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared.contract.documents import Manifest
from shared.text import shorten

CANDIDATE = "modelgate.candidate"
PROBLEM = "modelgate.problem"
MAX_KEY = 250
MAX_PARAMETER = 6000
MAX_TAG = 5000
_FORBIDDEN = re.compile(r"[^\w.\- ]")


@dataclass(frozen=True)
class RunContent:
    """The content of one run of MLflow."""

    parameters: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    begun: int
    """Milliseconds since 1970."""
    ended: int


def describe_run(manifest: Manifest) -> RunContent:
    """Return what a run shows of a candidate."""
    ended = manifest.created_at
    begun = ended - timedelta(seconds=max(0.0, sum(manifest.durations.values())))
    return RunContent(
        {key: shorten(value, MAX_PARAMETER) for key, value in _unique(_parameters(manifest))},
        dict(_unique(_metrics(manifest))),
        {key: shorten(value, MAX_TAG) for key, value in _tags(manifest).items()},
        int(begun.timestamp() * 1000),
        int(ended.timestamp() * 1000),
    )


def clean_part(name: object) -> str:
    """Return *name* as a part of a key of MLflow, which allows few characters."""
    part = _FORBIDDEN.sub("_", str(name)).strip()
    return "_" if not part.strip(".") else part[:MAX_KEY]


def _join(*parts: object) -> str:
    return "/".join(clean_part(part) for part in parts)[:MAX_KEY].rstrip("/. ")


def _unique(pairs: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Return the pairs with different keys, since a parameter keeps its first value."""
    seen: set[str] = set()
    for key, value in pairs:
        number, unique = 1, key
        while unique.lower() in seen:  # some databases ignore the case
            number += 1
            ending = f"_{number}"
            unique = f"{key[: MAX_KEY - len(ending)]}{ending}"
        seen.add(unique.lower())
        yield unique, value


def _parameters(manifest: Manifest) -> Iterator[tuple[str, str]]:
    yield "model", manifest.model_name
    yield "metric", manifest.metric
    yield "seed", str(manifest.seed)
    yield "candidates_table", manifest.candidates_table
    yield "refitted", str(manifest.refitted).lower()
    yield "target", manifest.data.target
    yield "features", str(len(manifest.data.features))
    yield "split_salt", manifest.data.split_salt or "none"
    yield "row_key", manifest.data.row_key or "none"
    for part, rows in sorted(manifest.data.parts.items()):
        yield _join("rows", part), str(rows)
    for name, value in sorted(manifest.settings.items()):
        yield _join("setting", name), _show(value)
    for candidate in manifest.candidates:
        yield _join("candidate", candidate.name, "estimator"), candidate.estimator
        for name, value in sorted(candidate.parameters.items()):
            yield _join("candidate", candidate.name, name), _show(value)


def _metrics(manifest: Manifest) -> Iterator[tuple[str, float]]:
    for name, value in manifest.holdout_metrics.items():
        yield _join("holdout", name), value
    for candidate in manifest.candidates:
        for name, value in candidate.metrics.items():
            yield _join("validation", candidate.name, name), value
        yield _join("fit_seconds", candidate.name), candidate.fit_seconds
    if manifest.baseline:
        for name, value in manifest.baseline.metrics.items():
            yield _join("validation", "baseline", name), value
        for name, value in manifest.baseline.holdout_metrics.items():
            yield _join("holdout", "baseline", name), value
    for name, value in manifest.durations.items():
        yield _join("run", name), value


def _tags(manifest: Manifest) -> dict[str, str]:
    data = manifest.data
    failed = {each.name: each.error for each in manifest.candidates if each.error}
    return {
        CANDIDATE: manifest.candidate_id,
        "modelgate.digest": manifest.digest,
        "modelgate.data.fingerprint": data.fingerprint,
        "modelgate.data.source": data.source or "none",
        "modelgate.data.rows": str(data.rows),
        **({"modelgate.data.warnings": " ".join(data.warnings)} if data.warnings else {}),
        **({"modelgate.failed_candidates": _show(failed)} if failed else {}),
        **{f"modelgate.version.{clean_part(name)}": v for name, v in manifest.versions.items()},
    }


def _show(value: object) -> str:
    if isinstance(value, str):
        return value or "''"
    return json.dumps(value, ensure_ascii=False, default=str)

"""The Prometheus metrics of drift, read from drift.json."""

import contextlib
from collections import Counter
from typing import get_args

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from gatekeeper.drift.compared_parts import PartName
from shared.errors import StoreError
from shared.live.drift_file import DriftFile
from shared.live.drift_record import DriftRecord

PREFIX = "modelgate_gatekeeper_drift_"
MAX_LABELS = 100
"""The most parts that are labels of one scrape: those with the largest index."""


def collect_drift(file: DriftFile) -> list[Metric]:
    """Return the families of drift; a file that cannot be read counts as no comparison."""
    record: DriftRecord | None = None
    with contextlib.suppress(StoreError, OSError):
        record = file.read()
    drifted = record.drifted if record else ()
    checked = GaugeMetricFamily(
        f"{PREFIX}checked_timestamp_seconds",
        "Unix time of the last comparison with the reference; 0 if the last one was not possible.",
    )
    is_checked = record is not None and record.not_checked is None
    checked.add_metric([], record.checked_at.timestamp() if record and is_checked else 0)
    parts = GaugeMetricFamily(
        f"{PREFIX}parts", "Parts of production that drift now, by kind.", labels=["part"]
    )
    counts = Counter(each.part for each in drifted)
    for part in get_args(PartName):
        parts.add_metric([part], counts[part])
    index = GaugeMetricFamily(
        f"{PREFIX}stability_index",
        f"Population stability index of parts that drift now, at most {MAX_LABELS} of them.",
        labels=["feature", "part"],
    )
    largest = sorted(drifted, key=lambda each: each.stability_index, reverse=True)
    for each in largest[:MAX_LABELS]:
        index.add_metric([each.feature or "", each.part], each.stability_index)
    number = record.events[-1].number if record and record.events else 0
    events = CounterMetricFamily(f"{PREFIX}events", "Beginnings and ends of drift.", value=number)
    return [checked, parts, index, events]

"""Add up the counts of all workers, and render the page for Prometheus."""

from collections.abc import Iterator, Sequence

from predictor.metrics.families import (
    FAMILIES,
    PREDICTIONS,
    QUARANTINED,
    REQUESTS,
    SERVING_VERSION,
    VERSION_FAMILIES,
    WORKER_FAILURES,
    WORKER_GAUGES,
    WORKERS,
)
from predictor.metrics.prometheus_text import Family, render
from predictor.metrics.recorder import OTHER_LABELS
from predictor.metrics.shared_area import VectorKey
from predictor.metrics.shared_memory import SHOWN_VERSIONS, MetricsMemory, SlotReading
from predictor.supervision.failure_book import CAUSES
from predictor.supervision.shared_records import SharedRecords

_BY_NAME = {family.name: family for family in FAMILIES}
_SHOWN_STATUSES = ("200", "500", "503")
"""Statuses that are on the page also at 0, so that a rate sees the first reply."""


def render_metrics(memory: MetricsMemory, records: SharedRecords) -> bytes:
    """Render the page for all workers; any worker can do it."""
    readings = memory.read()
    page: dict[Family, dict[tuple[str, ...], list[float]]] = {family: {} for family in FAMILIES}
    page[WORKERS][()] = [sum(reading.alive for reading in readings)]
    notice = records.read_notice()
    causes = notice.get("causes", {})
    page[WORKER_FAILURES].update({(cause,): [causes.get(cause, 0)] for cause in CAUSES})
    page[QUARANTINED][()] = [len(notice.get("quarantined", ()))]
    versions = _choose_versions(readings)
    for reading in readings:
        for key, numbers in reading.vectors:
            family = _BY_NAME[key.name]
            if family in WORKER_GAUGES:
                if reading.alive:
                    page[family][str(reading.number),] = numbers
            elif family not in VERSION_FAMILIES or int(key.labels[1]) in versions:
                samples = page[family]
                for labels, sample in _split_samples(key, numbers):
                    before = samples.get(labels, [0.0] * len(sample))
                    samples[labels] = [a + b for a, b in zip(before, sample, strict=True)]
    return render(page)


def _split_samples(
    key: VectorKey, numbers: list[float]
) -> Iterator[tuple[tuple[str, ...], list[float]]]:
    if not key.columns:
        yield key.labels, numbers
        return
    for column, number in zip(key.columns, numbers, strict=True):
        if number or _is_shown_at_zero(key, column):
            yield (*key.labels, column), [number]


def _is_shown_at_zero(key: VectorKey, column: str) -> bool:
    return column in _SHOWN_STATUSES if key.name == REQUESTS.name else column != OTHER_LABELS


def _choose_versions(readings: Sequence[SlotReading]) -> set[int]:
    """Choose the newest versions and those in service.

    The choice is the same for all slots: if a sum lost one slot, its counter would decrease.
    """
    counted, serving = set[int](), set[int]()
    for reading in readings:
        for key, numbers in reading.vectors:
            if key.name == PREDICTIONS.name:
                counted.add(int(key.labels[1]))
            elif key.name == SERVING_VERSION.name and reading.alive:
                serving.add(int(numbers[0]))
    return serving | set(sorted(counted)[-SHOWN_VERSIONS:])

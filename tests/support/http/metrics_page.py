"""Metrics pages, parsed as Prometheus parses them."""

import math

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, Metric
from prometheus_client.parser import text_string_to_metric_families

from predictor.metrics.recorder import MetricsRecorder
from predictor.metrics.shared_memory import MetricsMemory
from tests.support.http import plain_http


class MetricsPage:
    """The samples of one scrape. Each page is also checked for common mistakes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.families: dict[str, Metric] = {}
        for family in text_string_to_metric_families(text):
            # As in OpenMetrics, the parser removes the suffix `_total` from a counter's name.
            name = family.name + ("_total" if family.type == "counter" else "")
            assert name not in self.families, name
            self.families[name] = family
            _check(family)
        self._values = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
        }

    def __call__(self, name: str, **labels: str) -> float | None:
        """Return the sample with this name and exactly these labels. Write `class_` for `class`."""
        wanted = {label.removesuffix("_"): value for label, value in labels.items()}
        return self._values.get((name, frozenset(wanted.items())))

    def all(self, name: str) -> dict[tuple[str, ...], float]:
        """Return all samples with this name, keyed by the values of their labels."""
        found: dict[tuple[str, ...], float] = {}
        for family in self.families.values():
            for sample in family.samples:
                if sample.name == name:
                    found[tuple(sample.labels.values())] = sample.value
        return found

    @property
    def cumulative(self) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
        """All values that must never decrease."""
        rising = {
            sample.name
            for family in self.families.values()
            if family.type in {"counter", "histogram"}
            for sample in family.samples
        }
        return {key: value for key, value in self._values.items() if key[0] in rising}


def new_recorder() -> MetricsRecorder:
    """Return a recorder with its own memory."""
    return MetricsRecorder(MetricsMemory(slots=1))


def scrape(url: str) -> MetricsPage:
    """Read `GET /metrics` of a running service."""
    answer = plain_http.get(f"{url}/metrics", timeout=60)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == CONTENT_TYPE_PLAIN_0_0_4
    return MetricsPage(answer.text)


def _check(family: Metric) -> None:
    keys = [(sample.name, tuple(sample.labels.items())) for sample in family.samples]
    assert len(set(keys)) == len(keys), f"{family.name} has a sample twice"
    assert family.documentation
    if family.type != "histogram":
        return
    buckets: dict[tuple[tuple[str, str], ...], list[tuple[float, float]]] = {}
    counts = {}
    for sample in family.samples:
        labels = tuple((k, v) for k, v in sample.labels.items() if k != "le")
        if sample.name.endswith("_bucket"):
            pair = (float(sample.labels["le"]), sample.value)
            buckets.setdefault(labels, []).append(pair)
        elif sample.name.endswith("_count"):
            counts[labels] = sample.value
    for labels, found in buckets.items():
        assert found == sorted(found), f"{family.name}{labels}: buckets do not rise"
        assert [value for _, value in found] == sorted(value for _, value in found)
        assert found[-1] == (math.inf, counts[labels])
    assert buckets.keys() == counts.keys()

"""docs/performance.md follows from the records of runs beside it."""

import re

from bench.report.outcome import build_document
from bench.report.report import DOCUMENT, fill, read_kept_runs
from bench.report.results import Measurement, Section, Table

TEXT = DOCUMENT.read_text()
SECTIONS = {
    "throughput", "mixed", "batches", "float64", "large_request", "swaps", "convergence", "startup",
    "training", "retrain", "growth", "peers", "container", "fleet", "pages",
    "live_counts", "prediction_log",
}  # fmt: skip
FACTS = {
    "measured_at": "2026-01-02T03:04:05+00:00",
    "plan": "full",
    "load": "wrk 4.1.0",
    "nginx": None,
    "cores": "Nothing is pinned.",
    "marks": ["nginx is not installed."],
    "machine": {
        "cpu": "A processor", "cores": 2, "kernel": "Linux 6", "python": "3.11.7",
        "libraries": {"uvicorn": "0.54.0"}, "load_average_before": 0.1,
    },
}  # fmt: skip


def test_no_figure_in_the_document_was_typed_by_hand() -> None:
    assert fill(TEXT, read_kept_runs()) == TEXT, "run python -m bench.report.report"


def test_every_section_has_a_mark_in_the_document() -> None:
    marked = set(re.findall(r"<!-- bench:(\w+) -->", TEXT))
    assert marked == SECTIONS | {"targets", "plots", "machine"}


def test_a_run_fills_exactly_its_marks_in_the_document() -> None:
    table = Table("Throughput", ("", "req/s"), [("Modelgate", "12,345")])
    bench = build_document(
        FACTS, [Section("throughput", [table], {"lr_bare": Measurement(1.7)}, raw={})], {}
    )
    peers = build_document(FACTS, [Section("peers", [], {"lr_peer": Measurement(50.0)})], {})
    filled = fill(TEXT, {"bench": bench, "peers": peers})
    assert re.search(r"\| Modelgate\s*\| 12,345 \|", filled)
    assert re.search(r"LR: .*bare ASGI.*\| +1.7 \| +met \|", filled)
    assert re.search(r"LR: .*best Python.*\| +50 \| +met \|", filled)
    assert "nginx is not installed." in filled
    outside = re.compile(r"(<!-- bench:\w+ -->).*?(<!-- end -->)", re.DOTALL)
    assert outside.sub("", filled) == outside.sub("", TEXT)
    assert fill(filled, {"bench": bench, "peers": peers}) == filled

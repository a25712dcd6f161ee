"""Measure the cost of live counts: the same predictor with them and without."""

from collections.abc import Mapping

from bench.context import BenchContext
from bench.harness.promoted_models import LR
from bench.harness.servers import predictor
from bench.live.one_row_load import make_section, measure_side_by_side
from bench.load.load_generator import Figures
from bench.report.results import Measurement, Section, ratio_by_round

_WITH, _WITHOUT = "with live counts", "without live counts"
_PROGRAMS = {_WITH: "predictor", _WITHOUT: "bench.live.uncounted_predictor"}


def measure(bench: BenchContext) -> Section:
    """Measure rate, latency, processor time and memory with live counts and without."""
    store = bench.models.store_serving(LR, "live-counts")
    predictors = {
        name: predictor(
            store, bench.log_path(name.replace(" ", "-")), bench.cores.server, program=program
        )
        for name, program in _PROGRAMS.items()
    }
    found = measure_side_by_side(bench, predictors)
    measured = _measure_ratios(found.results) | {"live_memory": _difference(found.megabytes)}
    return make_section("live_counts", "Live counts", found, measured)


def _difference(memory: Mapping[str, float]) -> Measurement:
    return Measurement(memory[_WITH] - memory[_WITHOUT])


def _measure_ratios(results: Mapping[str, list[Figures]]) -> dict[str, Measurement]:
    ours, bare = results[_WITH], results[_WITHOUT]
    bare_us, our_us = ([f.processor_us or 0.0 for f in figures] for figures in (bare, ours))
    return {
        "live_rate": ratio_by_round([f.rate for f in ours], [f.rate for f in bare]),
        "live_processor": ratio_by_round(bare_us, our_us),
        "live_p99": ratio_by_round([f.p99_ms for f in ours], [f.p99_ms for f in bare]),
    }

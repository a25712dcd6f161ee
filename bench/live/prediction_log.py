"""Measure the cost of the prediction log: all rows, a tenth of them, and none."""

from collections.abc import Mapping

from bench.context import BenchContext
from bench.harness.promoted_models import LR
from bench.harness.servers import predictor
from bench.live.one_row_load import make_section, measure_side_by_side
from bench.load.load_generator import Figures
from bench.report.results import Measurement, Section, ratio_by_round

_NONE, _TENTH, _ALL = "no log", "a tenth is logged", "all rows are logged"
_SHARES = {_NONE: 0.0, _TENTH: 0.1, _ALL: 1.0}
_KEYS = {_TENTH: "log_tenth", _ALL: "log_all"}


def measure(bench: BenchContext) -> Section:
    """Measure rate, latency, processor time and memory for each share."""
    store = bench.models.store_serving(LR, "prediction-log")
    predictors = {
        name: predictor(
            store,
            bench.log_path(name.replace(" ", "-")),
            bench.cores.server,
            PREDICTOR_LOG_SHARE=share,
        )
        for name, share in _SHARES.items()
    }
    found = measure_side_by_side(bench, predictors)
    return make_section("prediction_log", "Prediction log", found, _measure_ratios(found.results))


def _measure_ratios(results: Mapping[str, list[Figures]]) -> dict[str, Measurement]:
    bare = results[_NONE]
    measured: dict[str, Measurement] = {}
    for name, key in _KEYS.items():
        ours = results[name]
        bare_us, our_us = ([f.processor_us or 0.0 for f in each] for each in (bare, ours))
        measured |= {
            f"{key}_rate": ratio_by_round([f.rate for f in ours], [f.rate for f in bare]),
            f"{key}_processor": ratio_by_round(bare_us, our_us),
            f"{key}_p99": ratio_by_round([f.p99_ms for f in ours], [f.p99_ms for f in bare]),
        }
    return measured

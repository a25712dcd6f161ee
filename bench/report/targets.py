"""The targets of the benchmark, and their verdicts."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bench.report.results import Measurement, Table


@dataclass(frozen=True)
class Target:
    """One line of the targets table."""

    section: str
    """The section that measures it."""
    key: str
    title: str
    limit: float | None
    """None: the figure is printed without a verdict."""
    at_least: bool = True
    aim: float | None = None
    unit: str = ""

    def is_met(self, value: float) -> bool:
        """Return whether *value* is on the right side of the limit."""
        if self.limit is None:
            return True
        return value >= self.limit if self.at_least else value <= self.limit

    def verdict(self, measured: Measurement) -> str:
        """Return `met`, `missed by x %`, or the reason for a missing verdict."""
        if measured.value is None:
            return f"not available: {measured.note}"
        if self.limit is None:
            return "printed"
        if self.is_met(measured.value):
            return "met"
        if self.limit == 0:
            return f"missed by {measured.value:g}"
        return f"missed by {abs(measured.value - self.limit) / self.limit * 100:.1f} %"

    def format_bound(self, bound: float | None) -> str:
        """Format a limit or an aim."""
        if bound is None:
            return "-"
        return f"{'≥' if self.at_least else '≤'} {_number(bound, self.unit)}"

    def format_measurement(self, measured: Measurement) -> str:
        """Format a figure with its spread."""
        if measured.value is None:
            return "-"
        text = _number(measured.value, self.unit)
        if measured.low is None or measured.high is None or measured.low == measured.high:
            return text
        return f"{text} ({_number(measured.low)} to {_number(measured.high)})"


_ROW = "one row, 32 connections, req/s"
_LARGE = "delay of the slowest one-row request during a 10,000-row request"
_FLEET = "a decision with 1,000 workers and 10,000 decisions ÷ with 10 and 100"


def _for_both_models(
    key: str, title: str, limit: float, aim: float | None = None
) -> tuple[Target, Target]:
    return (
        Target("throughput", f"lr_{key}", f"LR: {title}", limit, aim=aim),
        Target("throughput", f"rf_{key}", f"RF-100: {title}", limit, aim=aim),
    )


def _at_most(section: str, key: str, title: str, limit: float, unit: str = "") -> Target:
    return Target(section, key, title, limit, at_least=False, unit=unit)


TARGETS: tuple[Target, ...] = (
    *_for_both_models("bare", f"{_ROW} ÷ bare ASGI", 1.6, aim=1.9),
    *_for_both_models("nginx", f"{_ROW} ÷ nginx", 0.35, aim=0.45),
    _at_most("throughput", "lr_p50", "LR: one row, 1 connection, p50 ÷ bare ASGI's", 1.15),
    _at_most("throughput", "rf_p50", "RF-100: one row, 1 connection, p50 ÷ bare ASGI's", 1.15),
    Target("peers", "lr_peer", f"LR: {_ROW} ÷ the best Python model server's", 45),
    Target("peers", "rf_peer", f"RF-100: {_ROW} ÷ the best Python model server's", 300),
    *_for_both_models("asgi", "fast path off, 32 connections, req/s ÷ bare ASGI", 0.6),
    Target("throughput", "lr_keys", f"LR: {_ROW}, with keys ÷ without", 0.97),
    *_for_both_models("many", "one row, req/s at 256 connections ÷ at 32", 0.85),
    Target(
        "batches", "batch_v2", "10,000 rows, RF-100: only the model call ÷ V2 binary request", 0.6
    ),
    Target(
        "batches", "batch_json", "10,000 rows, RF-100: only the model call ÷ JSON request", None
    ),
    _at_most("large_request", "large_request_v2", f"{_LARGE}, V2 binary", 20, " ms"),
    _at_most("large_request", "large_request_json", f"{_LARGE}, JSON", 50, " ms"),
    Target("live_counts", "live_rate", f"LR: {_ROW}, with live counts ÷ without", 0.97),
    Target("live_counts", "live_processor", "LR: CPU time, without live counts ÷ with them", None),
    _at_most("live_counts", "live_p99", "LR: p99, with live counts ÷ without", 1.05),
    _at_most("live_counts", "live_memory", "RSS of a worker that live counts add", 6, " MB"),
    Target("prediction_log", "log_all_rate", f"LR: {_ROW}, all rows logged ÷ none", 0.85),
    Target("prediction_log", "log_tenth_rate", f"LR: {_ROW}, a tenth logged ÷ none", 0.97),
    Target("prediction_log", "log_all_processor", "LR: CPU time, no log ÷ all rows logged", None),
    Target("prediction_log", "log_tenth_processor", "LR: CPU time, no log ÷ a tenth logged", None),
    Target("prediction_log", "log_all_p99", "LR: p99, all rows logged ÷ none", None),
    Target("prediction_log", "log_tenth_p99", "LR: p99, a tenth logged ÷ none", None),
    _at_most(
        "convergence",
        "convergence",
        "promotion committed → both workers serve it, p100",
        500,
        " ms",
    ),
    _at_most("swaps", "swap_failed", "requests failed, mixed or wrong during swaps", 0),
    Target("swaps", "swap_requests", "requests checked during these swaps", 100_000),
    _at_most("swaps", "swap_p99", "p99 in the second around a swap ÷ p99 without", 2),
    _at_most("startup", "start", "predictor start → ready, a model in the store", 1.5, " s"),
    _at_most("startup", "memory", "RSS of a worker that has answered", 110, " MB"),
    _at_most("training", "trainer", "trainer ÷ a plain script with the same fits", 1.3),
    _at_most("retrain", "retrain", "make retrain, start → every worker serves it", 6, " s"),
    _at_most("pages", "page", "the slowest page of a large store, p95", 300, " ms"),
    _at_most("fleet", "fleet_decision", f"{_FLEET}, time", 2),
    _at_most("fleet", "fleet_decision_processor", f"{_FLEET}, processor", 2),
    _at_most("fleet", "fleet_growth", "any cost of a fleet ÷ linear growth", 1),
)


def judge(measured: Mapping[str, Measurement], only: Collection[str] = ()) -> Table:
    """Judge all targets, or with *only* those of some sections."""
    rows = []
    for target in TARGETS:
        if only and target.section not in only:
            continue
        figure = measured[target.key]
        note = f" ({figure.note})" if figure.note and figure.value is not None else ""
        rows.append(
            (
                target.title,
                target.format_bound(target.limit),
                target.format_bound(target.aim),
                target.format_measurement(figure),
                target.verdict(figure) + note,
            )
        )
    return Table("Targets", ("figure", "target", "aim", "measured", "verdict"), rows)


def _number(value: float, unit: str = "") -> str:
    if value == int(value) or abs(value) >= 1000:  # noqa: PLR2004 - more digits are noise
        return f"{value:,.0f}{unit}"
    return f"{value:.3g}{unit}"

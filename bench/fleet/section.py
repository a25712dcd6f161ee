"""Measure what grows with the number of workers and with the length of the decision log."""

import time
from collections.abc import Callable
from dataclasses import asdict
from statistics import median

from bench.context import BenchContext
from bench.fleet.costs import Costs, make_curves, make_tables, measure_growth
from bench.fleet.fleet import Fleet, running_fleet
from bench.fleet.gatekeeper_costs import GatekeeperCosts, Spent, processor_seconds
from bench.fleet.long_log import make_store
from bench.fleet.system_calls import is_available
from bench.harness.promoted_models import gatekeeper_server
from bench.harness.servers import Server
from bench.report.results import Section
from shared.contract.documents import Decision

_OK = 200
_START_SECONDS = 600.0
_SETTINGS = {"GATEKEEPER_POLL_SECONDS": 0.25}


def measure(bench: BenchContext) -> Section:
    """Measure stores with more and more workers and decisions, one after the other."""
    found = [_measure_store(bench, *size) for size in bench.plan.fleets]
    raw = {"stores": [asdict(each) for each in found], "curves": make_curves(found)}
    return Section("fleet", make_tables(found), measure_growth(found), raw=raw)


def _measure_store(bench: BenchContext, workers: int, decisions: int) -> Costs:
    name = f"fleet-{workers}-{decisions}"
    bench.report_progress(f"{workers:,} workers: writing {decisions:,} decisions")
    store = make_store(bench.models.root, bench.workspace / name, decisions)
    costs, log = Costs(workers, decisions), bench.log_path(f"{name}-gatekeeper")
    with gatekeeper_server(store.layout.root, log, **_SETTINGS) as server:
        _wait_until_ready(server)  # training.log exists at the next start
    bench.report_progress(f"{workers:,} workers: start")
    with running_fleet(store, workers, bench.log_path(name)) as fleet:
        registry = store.registry.read()
        assert registry is not None  # noqa: S101 - a model is in production
        fleet.wait_until_serving(registry.version)
        started = time.perf_counter()
        with gatekeeper_server(store.layout.root, log, **_SETTINGS) as server:
            _wait_until_ready(server)
            costs.start_ms = (time.perf_counter() - started) * 1000
            costs.start_processor_ms = processor_seconds(server.child.pid) * 1000
            gate = GatekeeperCosts(store, server, registry.candidate_id)
            gate.decide()  # the first one waits until the libraries are loaded
            _measure_idle(bench, costs, gate, fleet)
            _measure_actions(bench, costs, gate, fleet)
            if is_available():
                bench.report_progress(f"{workers:,} workers: system calls")
                _count_calls(bench, costs, gate)
    return costs


def _wait_until_ready(server: Server) -> None:
    server.child.wait_for(
        lambda: server.get("/readyz")[0] == _OK, "the gatekeeper to be ready", _START_SECONDS
    )


def _measure_idle(bench: BenchContext, costs: Costs, gate: GatekeeperCosts, fleet: Fleet) -> None:
    bench.report_progress(f"{costs.workers:,} workers: polls")
    costs.idle_processor_ms = gate.idle(bench.plan.fleet_seconds)
    found = fleet.operations_per_second(bench.plan.fleet_seconds)
    costs.opens, costs.changes = found.get("opens", 0.0), found.get("changes", 0.0)
    costs.listings = found.get("listings", 0.0)


def _measure_actions(
    bench: BenchContext, costs: Costs, gate: GatekeeperCosts, fleet: Fleet
) -> None:
    delays = list[float]()

    def decide() -> Spent:
        spent, decision = gate.decide()
        delays.extend(_find_delays(fleet, decision))
        return spent

    bench.report_progress(f"{costs.workers:,} workers: decisions")
    repeat = bench.plan.fleet_decisions
    costs.decision_ms, costs.decision_processor_ms = _take_medians(decide, repeat)
    costs.converged_p50_ms = median(delays)
    costs.converged_p99_ms = sorted(delays)[int(0.99 * len(delays))]
    costs.rollback_ms, costs.rollback_processor_ms = _take_medians(lambda: gate.roll_back(1), 1)
    costs.status_ms, costs.status_processor_ms = _take_medians(gate.status, repeat)


def _find_delays(fleet: Fleet, decision: Decision) -> list[float]:
    """Return the ms from the decision until each worker reported its version."""
    assert decision.registry is not None  # noqa: S101 - the policy promotes every model
    reports = fleet.wait_until_serving(decision.registry.version)
    return [(report - decision.decided_at.timestamp()) * 1000 for report in reports]


def _take_medians(action: Callable[[], Spent], times: int) -> tuple[float, float]:
    found = [action() for _ in range(times)]
    return median(each.wall_ms for each in found), median(each.processor_ms for each in found)


def _count_calls(bench: BenchContext, costs: Costs, gate: GatekeeperCosts) -> None:
    file = bench.log_path("strace")
    costs.poll_calls, costs.look_calls = gate.count_poll_calls(file)
    costs.status_calls = gate.count_status_calls(file)
    costs.decision_calls = gate.count_decision_calls(file)

"""Compare requests of one row to a bare ASGI function and to nginx with constant responses."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from statistics import median

from bench.context import BenchContext
from bench.harness.promoted_models import LR, RF
from bench.harness.rounds import measure_in_rounds
from bench.harness.servers import Server, bare_asgi, has_nginx, nginx, predictor
from bench.load.cpu_time import median_cpu_us, with_cpu_time
from bench.load.load_generator import Figures, Request
from bench.load.payloads import encode_row, sample_rows
from bench.report.results import Measurement, Section, Table, not_measured, ratio_by_round
from predictor.http.api_keys import make_key

CONNECTIONS = (1, 32, 256)
_MAIN = 32
"""Number of connections for most targets. It is measured for a longer time."""
_BARE, _NGINX = "bare ASGI, constant response", "nginx, constant response"
_OURS = {"lr": "Modelgate, LR", "rf": "Modelgate, RF-100"}
_ASGI = {"lr": "Modelgate, LR, fast path off", "rf": "Modelgate, RF-100, fast path off"}
_KEYED = "Modelgate, LR, with a key"
Rounds = Mapping[tuple[str, int], list[Figures]]


def measure(bench: BenchContext) -> Section:
    """Measure requests a second and latency at 1, 32 and 256 connections."""
    body = encode_row(sample_rows(1)[0])
    key, line = make_key("bench")
    with _servers(bench, line) as servers:
        for name in (*_OURS.values(), *_ASGI.values()):
            servers[name].post("/predict", body)
        subjects = {
            f"{name}, {connections} connections": with_cpu_time(
                server.child.worker_pid,
                partial(
                    bench.load.measure,
                    Request(f"{server.url}/predict", body, _headers(name, key)),
                    connections,
                    bench.plan.seconds / (1 if connections == _MAIN else 2),
                ),
            )
            for connections in CONNECTIONS  # the outer loop: compare servers close in time
            for name, server in servers.items()
        }
        measured = measure_in_rounds(subjects, bench.plan.rounds, bench.report_progress)
    results = {
        (name, connections): measured[f"{name}, {connections} connections"]
        for name in servers
        for connections in CONNECTIONS
    }
    return Section(
        name="throughput",
        tables=[_table(results, list(servers)), _cpu_table(results, list(servers))],
        measured=_ratios(results),
        failed=sum(figures.failed for rounds in results.values() for figures in rounds),
        raw={name: [figures.as_json() for figures in rounds] for name, rounds in measured.items()},
    )


def _headers(name: str, key: str) -> dict[str, str]:
    """Return the headers of a request to a server; all have the same number of bytes."""
    given = "Authorization" if name == _KEYED else "X-No-Key-Here"
    return {"Content-Type": "application/json", given: f"Bearer {key}"}


@contextmanager
def _servers(bench: BenchContext, key_line: str) -> Iterator[dict[str, Server]]:
    """Start all servers. Those that are not measured wait for requests."""
    core = bench.cores.server
    with ExitStack() as stack:
        servers = {}
        if has_nginx():
            servers[_NGINX] = stack.enter_context(nginx(bench.workspace / "nginx", core))
        servers[_BARE] = stack.enter_context(bare_asgi(bench.log_path("bare"), core))
        for key, model in (("lr", LR), ("rf", RF)):
            store = bench.models.store_serving(model)
            ours = predictor(store, bench.log_path(f"ours-{key}"), core)
            servers[_OURS[key]] = stack.enter_context(ours)
            off = predictor(store, bench.log_path(f"asgi-{key}"), core, PREDICTOR_FAST_PATH="false")
            servers[_ASGI[key]] = stack.enter_context(off)
        keys = bench.workspace / "api-keys"
        keys.touch(mode=0o600)
        keys.write_text(key_line)
        store = bench.models.store_serving(LR)
        keyed = predictor(store, bench.log_path("keyed"), core, PREDICTOR_API_KEYS_FILE=keys)
        servers[_KEYED] = stack.enter_context(keyed)
        yield servers


def _ratios(results: Rounds) -> dict[str, Measurement]:
    measured = {"lr_keys": _rate_ratio(results, (_KEYED, 32), (_OURS["lr"], 32))}
    for key, ours in _OURS.items():
        asgi = _ASGI[key]
        measured[f"{key}_bare"] = _rate_ratio(results, (ours, 32), (_BARE, 32))
        measured[f"{key}_nginx"] = _rate_ratio(results, (ours, 32), (_NGINX, 32))
        measured[f"{key}_asgi"] = _rate_ratio(results, (asgi, 32), (_BARE, 32))
        measured[f"{key}_many"] = _rate_ratio(results, (ours, 256), (ours, 32))
        measured[f"{key}_p50"] = ratio_by_round(
            [figures.p50_ms for figures in results[ours, 1]],
            [figures.p50_ms for figures in results[_BARE, 1]],
        )
    return measured


def _rate_ratio(results: Rounds, first: tuple[str, int], second: tuple[str, int]) -> Measurement:
    if second not in results:
        return not_measured("nginx is not installed")
    ours, theirs = ([figures.rate for figures in results[key]] for key in (first, second))
    return ratio_by_round(ours, theirs)


def _table(results: Rounds, names: list[str]) -> Table:
    header = ["POST /predict, one row, one worker"]
    for connections in CONNECTIONS:
        header += [f"req/s (c{connections})", "÷ bare", f"p50 ms (c{connections})", "p99 ms"]
    rows = []
    for name in names:
        row = [name]
        for connections in CONNECTIONS:
            rounds = results[name, connections]
            row += [
                f"{median(f.rate for f in rounds):,.0f}",
                f"{_rate_ratio(results, (name, connections), (_BARE, connections)).value:.2f}",
                f"{median(f.p50_ms for f in rounds):.3f}",
                f"{median(f.p99_ms for f in rounds):.3f}",
            ]
        rows.append(tuple(row))
    return Table("Throughput", tuple(header), rows)


def _cpu_table(results: Rounds, names: list[str]) -> Table:
    times = {name: median_cpu_us(results[name, _MAIN]) for name in names}
    rows = [(name, f"{time:.1f}", f"{times[_BARE] / time:.2f}") for name, time in times.items()]
    header = (
        f"one row, {_MAIN} connections, one worker",
        "µs of CPU for each request",
        "bare ÷ this",
    )
    return Table("CPU time of the server", header, rows)

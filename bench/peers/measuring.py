"""Measure Modelgate and all peers that can be installed, with the same fitted estimators."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from statistics import median

import psutil

from bench.context import BenchContext
from bench.harness.errors import BenchError
from bench.harness.promoted_models import LR, RF
from bench.harness.rounds import measure_in_rounds
from bench.harness.servers import Server, bare_asgi, free_port, predictor
from bench.load.load_generator import Figures, Request
from bench.load.payloads import encode_row, sample_rows
from bench.peers.catalogue import PEERS, Peer, PeerStart, Row
from bench.peers.environments import prepare
from bench.report.results import Measurement, Section, Table, not_measured, ratio_by_round
from shared.contract.layout import ONNX_MODEL
from shared.store.store import open_store

_CONNECTIONS = 32
_START_SECONDS = 120.0
_OK = 200
_BARE = "bare ASGI, constant response"


def measure(bench: BenchContext) -> Section:
    """Measure requests a second at 32 connections, p50 at one, and memory, for LR and RF-100."""
    section = Section("peers")
    programs, unavailable = _environments(bench)
    for key, label, model in (("lr", "LR", LR), ("rf", "RF-100", RF)):
        failing = dict(unavailable)
        with ExitStack() as stack:
            requests, memory = _start_all(bench, stack, model, programs, failing)
            subjects = {}
            for name, request in requests.items():
                for connections in (1, _CONNECTIONS):
                    subjects[f"{name}, {label}, {connections} connections"] = partial(
                        bench.load.measure, request, connections, bench.plan.seconds
                    )
            results = measure_in_rounds(subjects, bench.plan.rounds, bench.report_progress)
            megabytes = {name: _megabytes(server) for name, server in memory.items()}
        section.raw |= {name: [f.as_json() for f in rounds] for name, rounds in results.items()}
        section.failed += sum(f.failed for rounds in results.values() for f in rounds)
        rates = {
            name: [f.rate for f in results[f"{name}, {label}, {_CONNECTIONS} connections"]]
            for name in requests
        }
        section.measured[f"{key}_peer"] = _ratio_to_best(rates)
        section.tables.append(_table(label, results, rates, megabytes, failing))
    return section


def _environments(bench: BenchContext) -> tuple[dict[str, Path], dict[str, str]]:
    """Install the peers. Return their programs, and the reasons for those that failed."""
    programs, unavailable = {}, {}
    for peer in PEERS:
        bench.report_progress(f"installing {peer.name}")
        try:
            programs[peer.name] = prepare(peer.requirements)
        except BenchError as error:
            unavailable[peer.name] = _last_line(error)
    return programs, unavailable


def _start_all(
    bench: BenchContext,
    stack: ExitStack,
    model: str,
    programs: dict[str, Path],
    failing: dict[str, str],
) -> tuple[dict[str, Request], dict[str, Server]]:
    """Start all servers. Return their requests; add the peers that do not start to *failing*."""
    row: Row = sample_rows(1)[0].tolist()
    body = encode_row(sample_rows(1)[0])
    root = bench.models.store_serving(model)
    ours = stack.enter_context(
        predictor(root, bench.log_path(f"peers-{model}"), bench.cores.server)
    )
    response = json.loads(ours.post("/predict", body)[1])
    plain = stack.enter_context(bare_asgi(bench.log_path("peers-bare"), bench.cores.server))
    servers = {_BARE: plain, "Modelgate": ours}
    requests = {name: Request(f"{server.url}/predict", body) for name, server in servers.items()}
    for peer in PEERS:
        if peer.name not in programs:
            continue
        bench.report_progress(f"starting {peer.name}")
        start = _prepare_start(bench, peer, model, programs[peer.name])
        try:
            serving = _serving(peer, start, row, response["prediction"])
            servers[peer.name] = stack.enter_context(serving)
        except BenchError as error:
            failing[peer.name] = _last_line(error)
            continue
        url = f"{servers[peer.name].url}{peer.path}"
        requests[peer.name] = Request(url, peer.encode(row))
    return requests, servers


def _prepare_start(bench: BenchContext, peer: Peer, model: str, programs: Path) -> PeerStart:
    directory = bench.workspace / f"{peer.requirements}-{model}"
    directory.mkdir()
    store = open_store(bench.models.store_serving(model))
    registry = store.decision_log().registry
    assert registry is not None  # noqa: S101 - a model is in production
    return PeerStart(
        bin=programs,
        pickled=bench.models.pickled(model),
        onnx=store.models.directory(registry.digest) / ONNX_MODEL,
        directory=directory,
        port=free_port(),
        cores=bench.cores.server,
    )


@contextmanager
def _serving(peer: Peer, start: PeerStart, row: Row, prediction: object) -> Iterator[Server]:
    """Run a peer, and check that it predicts the same class as Modelgate."""
    with peer.start(start) as child:
        server = Server(f"http://127.0.0.1:{start.port}", child)

        def request() -> bytes | None:
            status, body = server.post(peer.path, peer.encode(row))
            return body if status == _OK else None

        body = child.wait_for(request, f"{peer.name} to answer", _START_SECONDS)
        if peer.prediction(json.loads(body)) != prediction:
            raise BenchError(f"{peer.name} returned {body!r:.300} instead of class {prediction}.")
        yield server


def _ratio_to_best(rates: dict[str, list[float]]) -> Measurement:
    """Compute Modelgate ÷ the server of scikit-learn models with the highest median."""
    medians = {
        peer.name: median(rates[peer.name])
        for peer in PEERS
        if peer.is_model_server and peer.name in rates
    }
    if not medians:
        return not_measured("no peer could be installed")
    best = max(medians, key=lambda name: medians[name])
    return ratio_by_round(rates["Modelgate"], rates[best], f"the best is {best}")


def _table(
    label: str,
    results: dict[str, list[Figures]],
    rates: dict[str, list[float]],
    megabytes: dict[str, float],
    failing: dict[str, str],
) -> Table:
    rows = []
    for name, rounds in rates.items():
        p50 = [f.p50_ms for f in results[f"{name}, {label}, 1 connections"]]
        rows.append(
            (
                name,
                f"{median(rounds):,.0f}",
                f"{ratio_by_round(rates['Modelgate'], rounds).value:,.1f}",
                f"{median(p50):.3f}",
                f"{megabytes[name]:.0f}",
            )
        )
    rows += [(name, f"not available: {why}", "-", "-", "-") for name, why in failing.items()]
    header = (
        f"{label}, one row, one worker",
        "req/s (c32)",
        "Modelgate ÷ this",
        "p50 ms (c1)",
        "MB",
    )
    return Table(f"Peers, {label}", header, rows)


def _megabytes(server: Server) -> float:
    """Return the RSS of a server and all its children, in MB."""
    process = psutil.Process(server.child.pid)
    total = 0.0
    for member in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            total += member.memory_info().rss / 1e6
    return total


def _last_line(error: BenchError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1][:120]

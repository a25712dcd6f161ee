"""Measure the throughput ratio in the predictor's image, under Docker."""

import json
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median

from bench.context import BenchContext
from bench.harness.errors import BenchError
from bench.harness.processes import ROOT, environment, run
from bench.harness.promoted_models import LR, RF
from bench.harness.rounds import measure_in_rounds
from bench.harness.servers import UVICORN_OPTIONS, free_port, get
from bench.load.cpu_time import median_cpu_us, with_cpu_time
from bench.load.load_generator import Figures, Request
from bench.load.payloads import encode_row, sample_rows
from bench.report.results import Section, Table, ratio_by_round
from shared.contract.layout import SERVING
from shared.store.store import open_for_writing

_CONNECTIONS = 32
_PORT = 8000
_BUILD_SECONDS = 900.0
_READY_SECONDS = 60.0
_OK = 200
_BARE = "bare ASGI in the predictor's image"
_TITLES = {
    "host": "In the container, over loopback",
    "bridge": "In the container, over Docker's bridge",
}


def measure(bench: BenchContext) -> Section:
    """Measure bare ASGI and the predictor (LR, RF-100), each in a container on the servers' core.

    Measure over loopback, as all other sections do, and over Docker's bridge, where the kernel
    does more work for each packet.
    """
    if shutil.which("docker") is None:
        raise BenchError("docker is not installed.")
    project = f"modelgate-bench-{secrets.token_hex(3)}"
    bench.report_progress("building the predictor's image")
    env = environment(COMPOSE_PROJECT_NAME=project)
    run(["docker", "compose", "build", "--quiet", "predictor"], env=env, seconds=_BUILD_SECONDS)
    image = f"{project}-predictor"
    with ExitStack() as stack:
        stack.callback(_docker, "image", "rm", "--force", image)
        tables, raw, failed = [], {}, 0
        for network in ("host", "bridge"):
            bench.report_progress(f"network: {network}")
            table, results = _measure_over(network, bench, image)
            tables.append(table)
            raw[network] = {name: [f.as_json() for f in rounds] for name, rounds in results.items()}
            failed += sum(figures.failed for rounds in results.values() for figures in rounds)
    return Section("container", tables, failed=failed, raw=raw)


def _measure_over(
    network: str, bench: BenchContext, image: str
) -> tuple[Table, dict[str, list[Figures]]]:
    body = encode_row(sample_rows(1)[0])
    with ExitStack() as stack:
        app = ROOT / "bench" / "harness" / "bare_app.py"
        port = _port(network)
        bare = [
            "--volume", f"{app}:/bench/bare_app.py:ro", "--workdir", "/bench",
            "--entrypoint", "python", image, "-m", "uvicorn", "bare_app:app",
            "--host", "0.0.0.0", "--port", str(port), *UVICORN_OPTIONS,  # noqa: S104 - in a container
        ]  # fmt: skip
        servers = {_BARE: stack.enter_context(_container(bench, network, port, bare, "/"))}
        for label, model in (("LR", LR), ("RF-100", RF)):
            store = bench.models.store_serving(model)
            _open_to_all_users(store)
            port = _port(network)
            ours = ["--volume", f"{store}:/store", "--env", f"PREDICTOR_PORT={port}", image]
            server = stack.enter_context(_container(bench, network, port, ours, "/readyz"))
            servers[f"Modelgate in its container, {label}"] = server
        subjects = {
            name: with_cpu_time(
                pid,
                partial(
                    bench.load.measure,
                    Request(f"{url}/predict", body),
                    _CONNECTIONS,
                    bench.plan.seconds,
                ),
            )
            for name, (url, pid) in servers.items()
        }
        results = measure_in_rounds(subjects, bench.plan.rounds, bench.report_progress)

    rates = {name: [figures.rate for figures in rounds] for name, rounds in results.items()}
    rows = []
    for name, rounds in rates.items():
        to_bare = ratio_by_round(rounds, rates[_BARE])
        spread = f"{to_bare.value:.2f} ({to_bare.low:.2f} to {to_bare.high:.2f})"
        time = median_cpu_us(results[name])
        bare_ratio = f"{median_cpu_us(results[_BARE]) / time:.2f}"
        rows.append((name, f"{median(rounds):,.0f}", spread, f"{time:.1f}", bare_ratio))
    header = (
        *("one row, 32 connections, one worker", "req/s", "÷ bare"),
        *("µs of CPU for each request", "bare ÷ this"),
    )
    return Table(_TITLES[network], header, rows), results


@contextmanager
def _container(
    bench: BenchContext, network: str, port: int, arguments: Sequence[str], ready: str
) -> Iterator[tuple[str, int]]:
    """Run a container until it answers *ready*; return its URL and its process id."""
    cores = bench.cores.server
    pinned = ["--cpuset-cpus", ",".join(map(str, sorted(cores)))] if cores else []
    name = f"modelgate-bench-{secrets.token_hex(4)}"
    try:
        _docker("run", "--detach", "--network", network, "--name", name, *pinned, *arguments)
        facts = json.loads(_docker("inspect", name))[0]
        (joined,) = facts["NetworkSettings"]["Networks"].values()
        url = f"http://{joined['IPAddress'] or '127.0.0.1'}:{port}"
        _wait_for(name, url, ready)
        yield url, facts["State"]["Pid"]
    finally:
        _docker("rm", "--force", "--volumes", name)


def _port(network: str) -> int:
    return free_port() if network == "host" else _PORT


def _wait_for(name: str, url: str, ready: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while get(f"{url}{ready}")[0] != _OK:
        if time.monotonic() > deadline:
            raise BenchError(f"The container does not answer. Its log:\n{_docker('logs', name)}")
        time.sleep(0.05)


def _open_to_all_users(store: Path) -> None:
    """Let the container's user read the store and write heartbeats to it."""
    open_for_writing(store, SERVING)
    for path in [*store.rglob("*"), *store.parents[:2], store]:
        path.chmod(0o777 if path.is_dir() else 0o644)


def _docker(*arguments: str) -> str:
    return run(["docker", *arguments], seconds=_BUILD_SECONDS)

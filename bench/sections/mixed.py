"""Compare rows with categories, booleans and missing values to rows of only numbers."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from statistics import median

from bench.context import BenchContext
from bench.harness.promoted_models import LR, train_and_promote
from bench.harness.rounds import measure_in_rounds
from bench.harness.servers import Server, predictor
from bench.load.load_generator import Request
from bench.load.mixed_table import mixed_rows, write_table
from bench.load.payloads import encode_row, sample_rows
from bench.report.results import Section, Table, ratio_by_round

CONNECTIONS = 32
_NUMBERS, _MIXED = "30 numbers", "30 columns of all types"


def measure(bench: BenchContext) -> Section:
    """Measure the rate of a logistic regression on 30 columns, by list and by name."""
    with ExitStack() as stack:
        stores = {_NUMBERS: bench.models.store_serving(LR), _MIXED: _store(bench.workspace)}
        requests: dict[str, Request] = {}
        for name, store in stores.items():
            log = bench.log_path(f"mixed-{name.replace(' ', '-')}")
            server = stack.enter_context(predictor(store, log, bench.cores.server))
            requests |= _requests(name, server)
        subjects = {
            name: partial(bench.load.measure, request, CONNECTIONS, bench.plan.seconds / 2)
            for name, request in requests.items()
        }
        results = measure_in_rounds(subjects, bench.plan.rounds, bench.report_progress)
    rates = {name: [figures.rate for figures in rounds] for name, rounds in results.items()}
    return Section(
        name="mixed",
        tables=[_table(rates)],
        failed=sum(figures.failed for rounds in results.values() for figures in rounds),
        raw={name: [figures.as_json() for figures in rounds] for name, rounds in results.items()},
    )


def _store(workspace: Path) -> Path:
    """Make a store that serves a logistic regression on the mixed table."""
    root, table = workspace / "mixed", workspace / "mixed.csv"
    write_table(table)
    train_and_promote(
        root,
        workspace / "mixed-gatekeeper.log",
        ["MIXED"],
        TRAINER_DATASET=table,
        TRAINER_TARGET="outcome",
        TRAINER_POSITIVE_LABEL="malignant",
    )
    return root


def _requests(name: str, server: Server) -> dict[str, Request]:
    """Encode the same row in both forms."""
    _, body = server.get("/model")
    names = [feature["name"] for feature in json.loads(body)["features"]]
    row = sample_rows(1)[0].tolist() if name == _NUMBERS else mixed_rows(1)[0]
    named = {"features": dict(zip(names, row, strict=True))}
    bodies = {
        "by list": encode_row(sample_rows(1)[0])
        if name == _NUMBERS
        else _encoded({"features": row}),
        "by name": _encoded(named),
    }
    return {
        f"{name}, {form}": Request(f"{server.url}/predict", body) for form, body in bodies.items()
    }


def _encoded(content: object) -> bytes:
    return json.dumps(content).encode()


def _table(rates: Mapping[str, list[float]]) -> Table:
    rows = []
    for columns in (_NUMBERS, _MIXED):
        row = [columns]
        for form in ("by list", "by name"):
            baseline = rates[f"{_NUMBERS}, by list"]
            measured = rates[f"{columns}, {form}"]
            row += [f"{median(measured):,.0f}", f"{ratio_by_round(measured, baseline).value:.2f}"]
        rows.append(tuple(row))
    header = (
        "one row, LR, 32 connections",
        "req/s, list",
        "÷ numbers",
        "req/s, names",
        "÷ numbers",
    )
    return Table("Rows with columns of all types", header, rows)

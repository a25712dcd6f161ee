"""Measure `make retrain` on a running stack, until every worker serves the new version."""

import re
import time

from bench.context import BenchContext
from bench.harness.errors import BenchError
from bench.harness.processes import environment, run, running
from bench.harness.servers import free_port
from bench.report.results import Measurement, Section, Table

_SERVED = re.compile(r"v\d+ serving on (\d+)/(\d+) workers")


def measure(bench: BenchContext) -> Section:
    """Start a stack by `make run`, and run `make retrain` on the default data several times."""
    env = environment(
        STORE_DIR=bench.workspace / "retrain-store",
        GATEKEEPER_PORT=free_port(),
        PREDICTOR_PORT=free_port(),
        STACK="local",
    )
    times = []
    bench.report_progress("make run")
    with running(["make", "run"], bench.log_path("make-run"), env=env) as stack:
        stack.wait_for(lambda: "curl" in stack.output(), "make run to print its curl")
        for number in range(bench.plan.retrains):
            bench.report_progress(f"make retrain, {number + 1} of {bench.plan.retrains}")
            started = time.perf_counter()
            output = run(["make", "--no-print-directory", "retrain"], env=env)
            times.append(time.perf_counter() - started)
            served = _SERVED.search(output)
            if served is None or served[1] != served[2]:
                raise BenchError(f"make retrain did not reach every worker:\n{output}")
    measurement = Measurement.from_rounds(times)
    row = (f"{len(times)} runs", f"{measurement.value:.1f}", f"{measurement.high:.1f}")
    table = Table("make retrain, default data, start → served", ("", "p50 s", "slowest s"), [row])
    return Section("retrain", [table], {"retrain": measurement}, raw={"seconds": times})

"""Generate load: send one request repeatedly over several connections, and measure."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.harness.errors import BenchError
from bench.harness.machine import Cores, tool_version
from bench.harness.processes import run

_MARK = "BENCH-JSON "
_WRK_SCRIPT = """
wrk.method = "POST"
local file = io.open("{body}", "rb")
wrk.body = file:read("*a")
file:close()
{headers}
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '{mark}{{"requests": %d, "seconds": %.6f, "failed": %d, ' ..
    '"p50_ms": %.4f, "p99_ms": %.4f, "slowest_ms": %.4f}}\\n',
    summary.requests, summary.duration / 1e6,
    e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
"""


@dataclass(frozen=True)
class Request:
    """One POST request."""

    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclass(frozen=True)
class Figures:
    """The results of one run of load."""

    requests: int
    seconds: float
    failed: int
    """Requests without a response, or with a status of 400 or more."""
    p50_ms: float
    p99_ms: float
    slowest_ms: float
    processor_us: float | None = None
    """Microseconds of the server's CPU for each request, if measured."""

    @property
    def rate(self) -> float:
        """Responses with a status below 400 for each second."""
        return max(self.requests - self.failed, 0) / self.seconds

    def as_json(self) -> dict[str, float]:
        """Return the figures for the JSON file."""
        return asdict(self) | {"rate": self.rate}


class LoadGenerator:
    """The tool wrk, with one thread. Raises BenchError if it is not installed."""

    def __init__(self, directory: Path, cores: Cores) -> None:
        if not shutil.which("wrk"):
            raise BenchError("wrk is not installed. Install it (Debian, Ubuntu: apt install wrk).")
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._cores = cores
        self.name = f"wrk {tool_version('wrk', '-v')}"

    def measure(self, request: Request, connections: int, seconds: float) -> Figures:
        """Send *request* over *connections* for *seconds*. Each waits for its response."""
        script = self._script(request)
        whole = max(1, round(seconds))  # wrk takes whole seconds
        output = run(
            ["wrk", "-t1", f"-c{connections}", f"-d{whole}s", "--timeout", "30s",
             "-s", script, request.url],
            cores=self._cores.client,
        )  # fmt: skip
        return parse_figures(output)

    def _script(self, request: Request) -> Path:
        key = repr(sorted(request.headers.items())).encode() + request.body
        name = hashlib.sha256(key).hexdigest()[:16]
        body = self._directory / f"{name}.body"
        script = self._directory / f"{name}.lua"
        if not script.exists():
            body.write_bytes(request.body)
            headers = [f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}"
                       for k, v in request.headers.items()]  # fmt: skip
            script.write_text(_WRK_SCRIPT.format(body=body, headers="\n".join(headers), mark=_MARK))
        return script


def parse_figures(output: str) -> Figures:
    """Find the figures in the output of wrk. Raise BenchError without figures."""
    for line in output.splitlines():
        if line.startswith(_MARK):
            figures = Figures(**json.loads(line.removeprefix(_MARK)))
            if not figures.requests:
                raise BenchError(f"No request got a response. wrk said:\n{output}")
            return figures
    raise BenchError(f"wrk printed no figures:\n{output[-2000:]}")

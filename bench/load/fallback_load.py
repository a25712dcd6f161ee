"""`python -m bench.load.fallback_load URL`: generate load in Python if wrk is not installed.

It sends about 40,000 requests a second on one core, but nginx can answer four times as many.
Ratios to such a fast server are too high, so the benchmark marks its tables.
"""

import argparse
import asyncio
import sys
import time
from array import array
from pathlib import Path

import numpy as np
import uvloop

from bench.load.client import Response, encode_request, send_requests
from bench.load.load_generator import Figures, format_figures

_FAILED = 400


async def measure(request: bytes, url: str, connections: int, seconds: float) -> Figures:
    """Send *request* repeatedly."""
    times = array("d")
    failed = 0

    def record(response: Response) -> None:
        nonlocal failed
        times.append(response.seconds * 1000)
        failed += response.status >= _FAILED

    stop = asyncio.Event()
    started = time.monotonic()
    asyncio.get_running_loop().call_later(seconds, stop.set)
    lost = await send_requests(url, [request], connections, stop, record)
    p50, p99, slowest = np.percentile(times, (50, 99, 100)).tolist() if times else (0, 0, 0)
    elapsed = time.monotonic() - started
    return Figures(len(times) + lost, elapsed, failed + lost, p50, p99, slowest)


def main() -> None:
    """Measure, and print the figures as one line."""
    parser = argparse.ArgumentParser(prog="python -m bench.load.fallback_load", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--body", type=Path, required=True)
    parser.add_argument("--connections", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--header", action="append", default=[])
    options = parser.parse_args()
    headers = dict(header.split(": ", 1) for header in options.header)
    request = encode_request(options.url, options.body.read_bytes(), headers)
    figures = uvloop.run(measure(request, options.url, options.connections, options.seconds))
    sys.stdout.write(format_figures(figures) + "\n")


if __name__ == "__main__":
    main()

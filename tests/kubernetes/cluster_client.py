"""A pod that asks the predictor all the time, from within the cluster."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

ASK = """
import json, sys, threading, urllib.request
url, stop, asked, failed = sys.argv[1], threading.Event(), 0, []
threading.Thread(target=lambda: (sys.stdin.read(), stop.set())).start()
row = json.load(urllib.request.urlopen(url + "/model"))["example"]
body = json.dumps({"features": row}).encode()
while not stop.wait(0.03):
    asked += 1
    try:
        with urllib.request.urlopen(url + "/predict", body, timeout=10) as answer:
            answer.read()
    except OSError as error:
        failed.append(repr(error))
print(json.dumps({"asked": asked, "failed": failed}))
"""
"""A program that asks with a new connection each time, until its standard input ends."""


@dataclass
class Load:
    """The requests of a client, and those that failed. It is empty until the client ends."""

    asked: int = 0
    failed: tuple[str, ...] = ()


@contextmanager
def load_from(kubectl: str, environment: dict[str, str], pod: str, url: str) -> Iterator[Load]:
    """Ask *url* from a running pod until the block ends."""
    load = Load()
    with subprocess.Popen(
        [kubectl, "exec", "--stdin", pod, "--", "python", "-c", ASK, url],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as client:
        yield load
        shown, _ = client.communicate(timeout=60)
    found = json.loads(shown)
    load.asked, load.failed = found["asked"], tuple(found["failed"])

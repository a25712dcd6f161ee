"""Clients inside a compose network, which find the predictors by the DNS of compose.

`python -` in a container reads this program. It runs until SIGTERM and prints what it saw.
"""

import collections
import http.client
import json
import signal
import sys
import threading
from typing import Any

CLIENTS = (True, True, False, False)
"""Whether each client keeps its connections."""
PAUSE_SECONDS = 0.02
PATIENCE_SECONDS = 120
"""Seconds after which a request counts as lost, also on a busy machine."""


class Seen:
    """The responses of all clients."""

    def __init__(self) -> None:
        self.asked = 0
        self.hosts = collections.Counter[str]()
        self.failures: list[str] = []
        self.stop = threading.Event()

    def ask(self, body: str, keeps_connection: bool) -> None:
        connection = http.client.HTTPConnection("predictor", 8000, timeout=PATIENCE_SECONDS)
        headers = {} if keeps_connection else {"Connection": "close"}
        while not self.stop.wait(PAUSE_SECONDS):
            self.asked += 1
            host = "no connection"
            try:
                connection.request("POST", "/predict", body, headers)
                assert connection.sock is not None
                host = connection.sock.getpeername()[0]
                response = connection.getresponse()
                text = response.read()
                self.hosts[host] += 1
                if response.status != 200:
                    self.failures.append(f"{response.status} {text!r}")
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{error!r} ({host})")
                connection.close()

    def report(self) -> dict[str, Any]:
        return {"asked": self.asked, "hosts": len(self.hosts), "failures": self.failures[:20]}


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(row: str) -> None:
    """Send *row* until SIGTERM, and print the report."""
    seen, ended = Seen(), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    body = json.dumps({"features": json.loads(row)})
    threads = [threading.Thread(target=seen.ask, args=(body, keeps)) for keeps in CLIENTS]
    for thread in threads:
        thread.start()
    say("started")
    ended.wait()
    seen.stop.set()
    for thread in threads:
        thread.join()
    say(json.dumps(seen.report()))


if __name__ == "__main__":
    main(sys.argv[1])

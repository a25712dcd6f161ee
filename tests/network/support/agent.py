"""The program of one host: it calls functions of `protocol` for the tests.

A test connects, sends one line of JSON, {"call": name, "with": {…}}, and reads one line back.
Each connection has a thread, so a call may run while others are made.
"""

import json
import socket
import sys
import threading
import traceback

PORT = 7000


def serve(connection: socket.socket) -> None:
    """Answer the one request of a connection."""
    with connection, connection.makefile("rw") as stream:
        line = stream.readline()
        if not line:
            return
        request = json.loads(line)
        try:
            from tests.network.support import probing, protocol  # noqa: PLC0415 - slow on these hosts

            module = probing if request["call"] in {"operate", "probe"} else protocol
            function = getattr(module, request["call"])
            answer = {"result": function(**request["with"])}
        except BaseException as error:  # noqa: BLE001 - the test raises it again
            answer = {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
        stream.write(json.dumps(answer) + "\n")
        stream.flush()


def main() -> None:
    """Serve until the host ends."""
    sys.path.insert(0, sys.argv[1])
    listener = socket.create_server(
        ("", int(sys.argv[2]) if len(sys.argv) > 2 else PORT), backlog=64
    )
    sys.stdout.write("the agent listens\n")
    sys.stdout.flush()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


if __name__ == "__main__":
    main()

"""`python -m deploy.containers.health_probe PORT PATH`: a container's health check, as exit status.

It runs every few seconds, so it uses a bare socket: http.client takes twice as long to import
as all of this takes to run.
"""

import socket
import sys

_TIMEOUT_SECONDS = 4.0


def request_status_line(port: int, path: str) -> str:
    """The first line that the service on loopback *port* answers to GET *path*.

    Raises OSError when nobody answers in time.
    """
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), _TIMEOUT_SECONDS) as connection:
        connection.sendall(request.encode("ascii"))
        with connection.makefile("rb") as answer:
            return answer.readline(256).decode("latin-1").strip()


def main() -> int:
    """0 when the answer is 200; the reason goes to the container's health log."""
    port, path = int(sys.argv[1]), sys.argv[2]
    try:
        answer = request_status_line(port, path)
    except OSError as error:
        answer = str(error)
    print(f"{path} on port {port}: {answer or 'no answer'}")
    return 0 if answer.split()[1:2] == ["200"] else 1


if __name__ == "__main__":
    sys.exit(main())

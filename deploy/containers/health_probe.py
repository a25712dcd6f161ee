"""`python -m deploy.containers.health_probe PORT PATH`: exit with 0 if a service answers 200.

Docker runs it every few seconds. It uses a bare socket and no argparse: the import of http.client
takes twice as long as the whole probe.

A predictor whose paths all need a key answers 401. It is then only known to be alive.
"""

import os
import socket
import sys

_TIMEOUT_SECONDS = 4.0
_TLS_VARIABLES = ("GATEKEEPER_TLS_CERT", "PREDICTOR_TLS_CERT")
_ALIVE = (["200"], ["401"])
_USAGE = "usage: python -m deploy.containers.health_probe PORT PATH"


def request_status_line(port: int, path: str) -> str:
    """Send GET *path* to loopback *port* and return the first line of the response.

    Raises OSError when no response comes in time.
    """
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), _TIMEOUT_SECONDS) as plain:
        connection = _with_tls(plain) if any(map(os.environ.get, _TLS_VARIABLES)) else plain
        connection.sendall(request.encode("ascii"))
        with connection.makefile("rb") as response:
            return response.readline(256).decode("latin-1").strip()


def _with_tls(connection: socket.socket) -> socket.socket:
    """Speak TLS without verifying the other side, which is this container itself."""
    import ssl  # noqa: PLC0415 - only with TLS, because it takes time

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(connection)


def main() -> int:
    """Print the response for the container's health log; return 0 only for a 200."""
    if len(sys.argv) != 3 or not sys.argv[1].isdecimal():  # noqa: PLR2004 - PORT and PATH
        is_help = sys.argv[1:] == ["--help"]
        print(_USAGE, file=sys.stdout if is_help else sys.stderr)
        return 0 if is_help else 2
    port, path = int(sys.argv[1]), sys.argv[2]
    try:
        line = request_status_line(port, path)
    except OSError as error:
        line = str(error)
    print(f"{path} on port {port}: {line or 'empty response'}")
    return 0 if line.split()[1:2] in _ALIVE else 1


if __name__ == "__main__":
    sys.exit(main())

"""Start the servers to measure, each on its own port on loopback."""

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from bench.harness.bare_app import BODY
from bench.harness.processes import Child, environment, running

# The options that predictor.server sets.
UVICORN_OPTIONS = (
    "--loop", "uvloop", "--http", "httptools", "--ws", "none", "--interface", "asgi3",
    "--lifespan", "off", "--no-access-log", "--no-proxy-headers", "--no-server-header",
    "--backlog", "2048", "--log-level", "warning",
)  # fmt: skip
_OK = 200
_NGINX_CONFIGURATION = """
daemon off;
master_process off;
pid {directory}/nginx.pid;
error_log {directory}/nginx.log warn;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  {temporary}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      default_type application/json;
      add_header x-model-version 1;
      return 200 '{body}';
    }}
  }}
}}
"""


@dataclass(frozen=True)
class Server:
    """A running server."""

    url: str
    child: Child

    def get(self, path: str) -> tuple[int, bytes]:
        """Return status and body of GET *path*; status 0 without a response."""
        return get(self.url + path)

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Return status and body of POST *path*; status 0 without a response."""
        headers = {"Content-Type": "application/json"}
        return _send(urllib.request.Request(self.url + path, body, headers))  # noqa: S310 - http on loopback


@contextmanager
def predictor(
    store: Path,
    log: Path,
    cores: frozenset[int] | None = None,
    *,
    program: str = "predictor",
    **settings: object,
) -> Iterator[Server]:
    """Run `python -m predictor` as a user does, or another *program*; wait until it is ready."""
    env = environment(STORE_DIR=store, **({"PREDICTOR_PORT": 0, "LOG_LEVEL": "INFO"} | settings))
    command = [sys.executable, "-m", program, "--end-with-parent", str(os.getpid())]
    with running(command, log, cores=cores, env=env) as child:
        match = child.wait_for(
            lambda: re.search(r"Listening on (http://\S+)", child.output()),
            "the predictor to listen",
        )
        server = Server(match[1], child)
        child.wait_for(lambda: server.get("/readyz")[0] == _OK, "the predictor to be ready")
        yield server


@contextmanager
def bare_asgi(log: Path, cores: frozenset[int] | None) -> Iterator[Server]:
    """Run the bare ASGI application on uvicorn with the predictor's options."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.harness.bare_app:app", "--port", str(port)]
    with running([*command, *UVICORN_OPTIONS], log, cores=cores) as child:
        yield _wait_until_ready(child, port)


@contextmanager
def nginx(directory: Path, cores: frozenset[int] | None) -> Iterator[Server]:
    """Run nginx with one worker and a constant response. Call `has_nginx` first."""
    port = free_port()
    directory.mkdir(parents=True, exist_ok=True)
    modules = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    built = _nginx_options()
    temporary = "\n  ".join(
        f"{name}_temp_path {directory}/{name};"
        for name in modules
        if f"--without-http_{name}_module" not in built
    )
    configuration = directory / "nginx.conf"
    configuration.write_text(
        _NGINX_CONFIGURATION.format(
            directory=directory, temporary=temporary, port=port, body=BODY.decode()
        )
    )
    command: list[str | Path] = [_nginx()]
    command += ["-p", directory, "-c", configuration, "-e", directory / "start.log"]
    with running(command, directory / "output.log", cores=cores) as child:
        yield _wait_until_ready(child, port)


def has_nginx() -> bool:
    """Return whether nginx is installed."""
    return bool(_nginx())


def get(url: str) -> tuple[int, bytes]:
    """Return status and body of GET *url*; status 0 without a response."""
    return _send(urllib.request.Request(url))  # noqa: S310 - as above


def free_port() -> int:
    """Return a free port on loopback, outside the range of outgoing connections."""
    while True:
        port = 10_000 + secrets.randbelow(10_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def _wait_until_ready(child: Child, port: int) -> Server:
    server = Server(f"http://127.0.0.1:{port}", child)
    child.wait_for(lambda: server.get("/")[0] == _OK, f"port {port} to answer")
    return server


def _nginx() -> str:
    # On Debian, only root's PATH contains nginx.
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin") or ""


def _nginx_options() -> str:
    done = subprocess.run([_nginx(), "-V"], capture_output=True, text=True, check=False)  # noqa: S603 - a fixed command
    return done.stderr


def _send(request: urllib.request.Request) -> tuple[int, bytes]:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as response:
            return response.status, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except (OSError, HTTPException):
        return 0, b""

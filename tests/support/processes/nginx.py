"""nginx in front of services, with the configuration of a document."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.processes.ports import free_ports, is_listening
from tests.support.processes.wait_until import PATIENCE_SECONDS, wait_for

_CONFIGURATION = """
{user}daemon off;
pid {root}/nginx.pid;
error_log {root}/error.log;
events {{}}
http {{
    types {{}}
    access_log off;
    client_body_temp_path {root}/body;
    proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    server {{
        listen 127.0.0.1:{port};
        {server}
    }}
}}
"""


@contextmanager
def nginx_in_front(directory: Path, server: str, ports: Mapping[int, int]) -> Iterator[str]:
    """Run nginx with a *server* block's lines; return its URL. Skip the test without nginx.

    *ports* are those of the running services, by the ports in the lines.
    """
    # nginx is a program of the superuser in most distributions.
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        assert "CI" not in os.environ, "CI needs nginx; .ci/nginx installs it"
        pytest.skip("there is no nginx")
    lines = re.sub(r"127\.0\.0\.1:(\d+)", lambda found: f"127.0.0.1:{ports[int(found[1])]}", server)
    port = free_ports(1)
    user = "user root;\n" if os.getuid() == 0 else ""
    file = directory / "nginx.conf"
    file.write_text(_CONFIGURATION.format(user=user, root=directory, port=port, server=lines))
    with (directory / "output").open("wb") as output:
        process = subprocess.Popen(
            [nginx, "-p", directory, "-c", file], stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(lambda: is_listening(port) or process.poll() is not None, "nginx to listen")
        assert process.poll() is None, (directory / "output").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)

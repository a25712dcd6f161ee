"""A machine in a directory: docs/deploy.md is run in it. Only nginx, openssl, curl and sh are real.

The programs that would change the real machine only print their arguments.
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from tests.support.http.fake_server import FakeService, fake_server
from tests.support.processes.ports import free_ports
from tests.support.processes.wait_until import wait_for
from tests.support.project import ROOT

NAME = "models.example.com"
ONLY_PRINTED = (
    *("apt-get", "useradd", "usermod", "chown", "git", "ssh", "rsync", "certbot", "journalctl"),
)
PRINTS = '#!/bin/sh\necho "${0##*/}" "$@"\n'
PROGRAMS = {
    "sudo": '#!/bin/sh\nif [ "$1" = -u ]; then shift 2; fi\nexec "$@"\n',
    "mail": '#!/bin/sh\ncat >"$MACHINE/mail"\n',
    "nginx": '#!/bin/sh\nexec {nginx} -p "$MACHINE" -c "$MACHINE/nginx.conf" "$@"\n',
    "systemctl": """#!/bin/sh
echo systemctl "$@"
case "$*" in
"reload nginx") if [ -s "$MACHINE/nginx.pid" ]; then nginx -s reload; else nginx; fi ;;
esac
""",
    # A certificate of an authority is not made here: the link leads nowhere, so keep the old one.
    "ln": '#!/bin/sh\necho ln "$@"\n',
    "docker": """#!/bin/sh
case "$*" in
"compose config") echo "services:" ;;
"compose ps --quiet") [ "${COMPOSE_PROJECT_NAME:-}" = drill ] || echo 0123456789ab ;;
ps*) ;;
*shared.maintenance.backup*) echo bytes | gzip ;;
*--require-promotion*) echo "refused: too weak"; exit 3 ;;
*) echo docker "$@" ;;
esac
""",
}
NGINX = """
{user}pid {root}/nginx.pid;
error_log {root}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {root}/body;
    proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    include {root}/etc/nginx/conf.d/*.conf;
}}
"""


class _Predictor(FakeService):
    """Answers each request with its path, its body's beginning and its key."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))[:200].decode()
        seen = {"path": self.path, "authorization": self.headers["Authorization"], "body": body}
        self.reply(200, json.dumps(seen).replace('\\"', '"').encode())


class Machine:
    """Directories /etc, /opt and /var below *root*, with their own ports."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.checkout = root / "opt" / "modelgate"
        self.mail = root / "mail"
        self.output = ""
        self.https = free_ports(3)
        self.http, self._predictor = self.https + 1, self.https + 2
        # nginx is a program of the superuser in most distributions.
        self._path = f"{root}/bin:{os.environ['PATH']}:/usr/sbin"
        for name in (
            "bin",
            "etc/nginx/conf.d",
            "etc/cron.d",
            "etc/systemd/system",
            "var/log/nginx",
        ):
            (root / name).mkdir(parents=True)
        store = root / "var/lib/modelgate/store"
        store.mkdir(parents=True)
        (store / "token").touch()
        self._install_programs()
        self._clone()

    def _install_programs(self) -> None:
        nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        for name, text in {**PROGRAMS, **dict.fromkeys(ONLY_PRINTED, PRINTS)}.items():
            path = self.root / "bin" / name
            path.write_text(text.replace("{nginx}", str(nginx)))
            path.chmod(0o755)
        user = "user root;\n" if os.getuid() == 0 else ""
        (self.root / "nginx.conf").write_text(NGINX.format(root=self.root, user=user))

    def _clone(self) -> None:
        self.checkout.mkdir(parents=True)
        for name in ("deploy", "examples"):
            shutil.copytree(ROOT / name, self.checkout / name)
        shutil.copy(ROOT / "modelgate", self.checkout)
        configuration = self.checkout / "deploy" / "server" / "nginx.conf"
        text = self._moved(configuration.read_text())
        for old, new in (("listen 443", self.https), ("listen 80", self.http)):
            text = text.replace(f"{old};", f"listen {new};").replace(f"{old} ", f"listen {new} ")
        configuration.write_text(text.replace("127.0.0.1:8000", f"127.0.0.1:{self._predictor}"))

    def _moved(self, text: str) -> str:
        """Put the machine's paths below the root."""
        return re.sub(r"(?<![\w.])/(etc|opt|var)/", rf"{self.root}/\1/", text)

    @contextmanager
    def running(self) -> Iterator[Self]:
        """Run the predictor behind nginx, and stop nginx at the end."""
        with fake_server(_Predictor, self._predictor):
            try:
                yield self
            finally:
                if (self.root / "nginx.pid").exists():
                    self.sh("nginx -s stop")

    def sh(self, script: str, *, check: bool = True) -> int:
        """Run commands of the page in the checkout; keep what they print, and return the status."""
        script = self._moved(script).replace("ADDRESS", "address")
        script = script.replace(f"{NAME}:443:", f"{NAME}:{self.https}:")
        script = script.replace(f"https://{NAME}/", f"https://{NAME}:{self.https}/")
        done = subprocess.run(
            ["sh", "-euc", script],
            cwd=self.checkout,
            env={
                "PATH": self._path,
                "MACHINE": str(self.root),
                "NIGHTLY_ENV": str(self.root / "etc/modelgate/nightly.env"),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        self.output += done.stdout + done.stderr
        assert not check or done.returncode == 0, f"{script}\n{done.stdout}{done.stderr}"
        return done.returncode

    def key(self) -> str:
        """Return the newest key."""
        keys = (self.root / "etc/modelgate/clients.map").read_text()
        return str(re.findall(r"Bearer (\w+)", keys)[-1])

    def ask(
        self, path: str, key: str, *, body: str = "{}", scheme: str = "https"
    ) -> tuple[int, str]:
        """Send a request through nginx, and return the status and the text."""
        port = self.https if scheme == "https" else self.http
        sends = ("--data-binary", "@-") if path.endswith(("/predict", "/infer")) else ()
        # HTTP/1.1: with HTTP/2, curl sometimes fails if nginx answers before it has read the body.
        done = subprocess.run(
            [
                *("curl", "-s", "--http1.1", "--noproxy", "*", "-w", r"\n%{http_code}", *sends),
                *("--cacert", self.root / "etc/modelgate/tls/fullchain.pem"),
                *("--resolve", f"{NAME}:{port}:127.0.0.1", f"{scheme}://{NAME}:{port}{path}"),
                *("-H", f"Authorization: Bearer {key}"),
            ],
            input=body,
            capture_output=True,
            text=True,
            check=True,
        )
        text, _, status = done.stdout.rpartition("\n")
        return int(status), text

    def until(self, path: str, key: str, status: int) -> bool:
        """Wait until nginx has reloaded its keys and answers with *status*."""
        wait_for(lambda: self.ask(path, key)[0] == status, f"status {status}")
        return True

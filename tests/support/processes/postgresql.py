"""A private PostgreSQL server in a temporary directory, run by an unprivileged user."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.processes.unprivileged_user import NOBODY
from tests.support.processes.wait_until import wait_for

_INSTALLED = Path("/usr/lib/postgresql")
USER, PASSWORD = "tester", "a secret of tests"


def find_programs() -> Path:
    """Return the directory of PostgreSQL's programs. Without it, skip the test, or fail in CI."""
    found = [*sorted(_INSTALLED.glob("*/bin")), *map(Path, filter(None, [_on_the_path()]))]
    if not found:
        assert "CI" not in os.environ, "CI needs PostgreSQL; .ci/postgresql installs it"
        pytest.skip("PostgreSQL is not installed (Debian: apt install postgresql)")
    return found[-1]


def _on_the_path() -> str | None:
    program = shutil.which("initdb")
    return program and str(Path(program).resolve().parent)


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """Run a server on a free port of 127.0.0.1, and return the address of its database."""
    programs = find_programs()
    user = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}
    data, secret, log = folder / "data", folder / "secret", folder / "log"
    secret.write_text(PASSWORD)
    data.mkdir()
    if user:
        for path in (folder, data, secret):
            os.chown(path, NOBODY, pwd.getpwuid(NOBODY).pw_gid)
        for parent in folder.parents:
            if parent.stat().st_mode & 0o001 == 0:
                parent.chmod(parent.stat().st_mode | 0o055)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"cwd": "/", "env": {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}, **user}
    command = [
        *(str(programs / "initdb"), "--pgdata", str(data), "--username", USER, "--no-sync"),
        *("--auth", "scram-sha-256", "--pwfile", str(secret), "--encoding", "UTF8"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **settings)  # type: ignore[call-overload]  # its options are in a dict
    assert done.returncode == 0, done.stderr
    options = {"listen_addresses": "127.0.0.1", "port": port, "fsync": "off"}
    arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
    command = [str(programs / "postgres"), "-D", str(data), "-k", str(folder), *arguments]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, stdout=output, stderr=output, **settings) as process,  # type: ignore[call-overload]  # as above
    ):
        try:
            ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)]
            wait_for(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL")
            secret_part = PASSWORD.replace(" ", "%20")
            yield f"postgresql://{USER}:{secret_part}@127.0.0.1:{port}/postgres"
        finally:
            process.send_signal(signal.SIGQUIT)

"""A server of PostgreSQL with its own cluster, which only its socket and a password reach."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from adbc_driver_postgresql import dbapi

from tests.support.processes.wait_until import wait_for

USER = "keeper"
PASSWORD = "s3cret/with @ and %"  # noqa: S105 - of this server only
_PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@dataclass(frozen=True)
class Server:
    """A running server."""

    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """The address of its database, as TRAINER_DATASET has it."""
        return f"postgresql://{USER}@/postgres?host={self.folder}"

    @property
    def password_file(self) -> Path:
        """A file with the password of the user."""
        return self.folder / "password"

    @property
    def address_with_password(self) -> str:
        """The address for clients that take the password in it."""
        return self.address.replace("@", f":{quote(PASSWORD, safe='')}@", 1)

    def execute(self, *statements: str) -> list[tuple[Any, ...]]:
        """Execute statements as the owner of the cluster, and return the rows of the last one."""
        with (
            closing(dbapi.connect(self.address_with_password)) as connection,
            closing(connection.cursor()) as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            found = cursor.fetchall() if cursor.description else []
            connection.commit()
        return found


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server, and remove it with its files at the end."""
    if not _PROGRAMS:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is missing. Install it with .ci/postgresql")
        pytest.skip("PostgreSQL is not installed; .ci/postgresql installs it")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    as_user: dict[str, Any] = {}
    if os.getuid() == 0:  # PostgreSQL does not run as root
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        as_user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    password = folder / "password"
    password.write_text(f"{PASSWORD}\n")
    password.chmod(0o600)
    given = folder / "given"
    given.write_text(PASSWORD)
    given.chmod(0o644)
    programs, data = _PROGRAMS[-1], str(folder / "data")
    process = None
    try:
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run(
            [str(programs / "initdb"), "-D", data, "-U", USER, f"--pwfile={given}", *options],
            check=True,
            capture_output=True,
            cwd=folder,
            **as_user,
        )
        process = subprocess.Popen(
            [str(programs / "postgres"), "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            **as_user,
        )
        ready: list[str | Path] = [programs / "pg_isready", "-q", "-h", folder]
        wait_for(lambda: subprocess.run(ready, check=False).returncode == 0, "PostgreSQL")
        yield Server(folder, process)
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)
            process.wait()
        shutil.rmtree(folder)

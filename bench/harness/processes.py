"""Run child processes with a log and pinned cores, and always end them."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TypeVar

import psutil

from bench.harness.errors import BenchError
from bench.harness.machine import on_cores

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60.0
_STOP_SECONDS = 8.0
_LOG_CHARACTERS = 2000
_SETTINGS = ("TRAINER_", "GATEKEEPER_", "PREDICTOR_", "STORE_", "LOG_", "METRIC", "ALLOW_")
_MAKE_VARIABLES = ("MAKE", "MFLAGS", "ARGS", "STACK", "COMPOSE_")
Result = TypeVar("Result")


class Child:
    """A running process and its output."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def worker_pid(self) -> int:
        """The process id of its only child if it has one child, otherwise its own."""
        children = psutil.Process(self.pid).children()
        return children[0].pid if len(children) == 1 else self.pid

    def output(self) -> str:
        """Return all its output."""
        return self._log.read_text(errors="replace")

    def wait_for(
        self, condition: Callable[[], Result | None], label: str, seconds: float = PATIENCE_SECONDS
    ) -> Result:
        """Wait for *condition* to return a true value, and return it. Raise BenchError if late."""
        deadline = time.monotonic() + seconds
        while not (result := condition()):
            ended = self.process.poll()
            if ended is not None or time.monotonic() > deadline:
                state = f"ended with {ended}" if ended is not None else f"took over {seconds:g} s"
                name = Path(str(self.process.args[0])).name  # type: ignore[index]  # a list here
                raise BenchError(
                    f"Waiting for {label}: {name} {state}. Its last output:\n"
                    f"{self.output()[-_LOG_CHARACTERS:]}"
                )
            time.sleep(0.002)
        return result


@contextmanager
def running(
    command: Sequence[str | Path],
    log: Path,
    *,
    cores: frozenset[int] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
) -> Iterator[Child]:
    """Run *command* in its own session during the block, and end it with all its children."""
    with log.open("wb") as output:
        process = _start(command, output, cores, env, cwd)
    try:
        yield Child(process, log)
    finally:
        _end(process)


def run(
    command: Sequence[str | Path],
    *,
    cores: frozenset[int] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path = ROOT,
    seconds: float = 600.0,
    accept: tuple[int, ...] = (0,),
) -> str:
    """Run *command* to its end, and return its output.

    Raises BenchError for an exit status that is not in *accept*.
    """
    process = _start(command, subprocess.PIPE, cores, env, cwd)
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise BenchError(f"{command[0]} took over {seconds:g} s.") from error
    finally:
        _end(process)
    text = output.decode(errors="replace")
    if process.returncode not in accept:
        words = " ".join(map(str, command))
        raise BenchError(f"{words} failed:\n{text[-_LOG_CHARACTERS:]}")
    return text


def environment(**settings: object) -> dict[str, str]:
    """Return this process's environment, with only these settings of Modelgate."""
    clean = {
        k: v for k, v in os.environ.items() if not k.startswith((*_SETTINGS, *_MAKE_VARIABLES))
    }
    return clean | {name: str(value) for name, value in settings.items()}


def _start(
    command: Sequence[str | Path],
    output: IO[bytes] | int,
    cores: frozenset[int] | None,
    env: Mapping[str, str] | None,
    cwd: Path,
) -> subprocess.Popen[bytes]:
    with on_cores(cores):
        return subprocess.Popen(  # noqa: S603 - a command of our own code
            [str(part) for part in command],
            cwd=cwd,
            env=dict(env) if env is not None else environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
    with suppress(ProcessLookupError):  # its children, if any are left
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()

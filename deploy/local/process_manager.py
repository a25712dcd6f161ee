"""The process manager: supervisord, run in this process with our own output and signals.

It starts the programs of supervisord.conf, restarts a service that dies, and stops all together.
"""

import contextlib
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

from supervisor import loggers
from supervisor.medusa.asyncore_25 import ExitNow
from supervisor.options import ServerOptions
from supervisor.supervisord import Supervisor

from deploy.local.output import RunOutput
from shared.logs import JsonFormatter, TextFormatter

_CONFIGURATION = Path(__file__).with_name("supervisord.conf")
_LEVELS = {"WARN": logging.WARNING, "ERRO": logging.ERROR, "CRIT": logging.CRITICAL}


def run_services(
    output: RunOutput,
    *,
    predictor_stop: int,
    has_webhooks: bool,
    has_schedule: bool,
    has_tracking: bool,
    json_logs: bool,
) -> None:
    """Run the services until SIGINT, SIGTERM or SIGHUP; return when all have exited.

    The predictor gets SIGKILL if it has not stopped after *predictor_stop* seconds. The notifier
    runs only if there are webhooks, the waiting trainer only with *has_schedule*, and the follower
    for MLflow only with *has_tracking*.
    """
    os.environ["MODELGATE_PYTHON"] = sys.executable  # supervisord.conf reads these
    os.environ["MODELGATE_MANAGER"] = str(os.getpid())
    os.environ["MODELGATE_PREDICTOR_STOP"] = str(predictor_stop)
    os.environ["MODELGATE_NOTIFIER"] = str(has_webhooks).lower()
    os.environ["MODELGATE_SCHEDULE"] = str(has_schedule).lower()
    os.environ["MODELGATE_TRACKING"] = str(has_tracking).lower()
    options = _Options(output, JsonFormatter() if json_logs else TextFormatter())
    arguments = ["--nodaemon", "--configuration", str(_CONFIGURATION)]
    if os.getuid() == 0:
        arguments += ["--user", "0"]  # without it, supervisord warns
    options.realize(arguments)
    options.first = True
    options.test = False
    with contextlib.suppress(ExitNow):  # how supervisord exits
        Supervisor(options).main()


class _Options(ServerOptions):  # type: ignore[misc]  # supervisor ships no types
    """Supervisord's options, with four methods replaced."""

    def __init__(self, output: RunOutput, formatter: logging.Formatter) -> None:
        super().__init__()
        self._output = output
        self._formatter = formatter

    def write_pidfile(self) -> None:
        """Do nothing: the run file has the process id."""

    def setsignals(self) -> None:
        """Stop when the terminal closes, where supervisord would restart."""
        super().setsignals()
        signal.signal(
            signal.SIGHUP,
            lambda _number, frame: self.signal_receiver.receive(signal.SIGTERM, frame),
        )

    def make_logger(self) -> None:
        """Write supervisord's own messages in the format of all other logs."""
        self.logger = loggers.getLogger(self.loglevel)
        self.logger.addHandler(_SupervisorMessages(self._output, self._formatter))

    def getLogger(self, *_arguments: Any) -> Any:  # noqa: N802 - supervisord's name
        """Return a logger that writes a service's output."""
        logger = loggers.getLogger()
        handler = loggers.StreamHandler(self._output)
        handler.setFormat("%(message)s")
        logger.addHandler(handler)
        return logger


class _SupervisorMessages(loggers.Handler):  # type: ignore[misc]  # supervisor ships no types
    def __init__(self, output: RunOutput, formatter: logging.Formatter) -> None:
        super().__init__(output)
        self._formatter = formatter

    def emit(self, record: Any) -> None:
        facts = record.asdict()
        level = _LEVELS.get(facts["levelname"], logging.INFO)
        ours = {
            "name": "deploy.local.process_manager",
            "levelno": level,
            "levelname": logging.getLevelName(level),
            "msg": facts["message"],
        }
        self.stream.write(f"{self._formatter.format(logging.makeLogRecord(ours))}\n".encode())

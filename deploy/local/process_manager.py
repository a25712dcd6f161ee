"""The process manager: supervisord, in this process, with its output and signals made ours.

It starts what supervisord.conf names, restarts what dies, and stops all at once.
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


def run_services(output: RunOutput, *, json_logs: bool) -> None:
    """Run the services until SIGINT, SIGTERM or SIGHUP; return when all of them have ended."""
    os.environ["MODELGATE_PYTHON"] = sys.executable  # read by supervisord.conf, as is the next
    os.environ["MODELGATE_MANAGER"] = str(os.getpid())
    options = _Options(output, JsonFormatter() if json_logs else TextFormatter())
    arguments = ["--nodaemon", "--configuration", str(_CONFIGURATION)]
    if os.getuid() == 0:
        arguments += ["--user", "0"]  # or supervisord warns that it stays root
    options.realize(arguments)
    options.first = True
    options.test = False
    with contextlib.suppress(ExitNow):  # the way supervisord ends
        Supervisor(options).main()


class _Options(ServerOptions):  # type: ignore[misc]  # supervisor ships no types
    """What supervisord asks of its surroundings, in four places answered differently."""

    def __init__(self, output: RunOutput, formatter: logging.Formatter) -> None:
        super().__init__()
        self._output = output
        self._formatter = formatter

    def write_pidfile(self) -> None:
        """The run file says more and is written before."""

    def setsignals(self) -> None:
        """A terminal that closes means stop; to supervisord it would mean restart."""
        super().setsignals()
        signal.signal(
            signal.SIGHUP,
            lambda _number, frame: self.signal_receiver.receive(signal.SIGTERM, frame),
        )

    def make_logger(self) -> None:
        """Supervisord's own messages: that something died, in the form of all other logs."""
        self.logger = loggers.getLogger(self.loglevel)
        self.logger.addHandler(_OwnMessages(self._output, self._formatter))

    def getLogger(self, *_arguments: Any) -> Any:  # noqa: N802 - supervisord's name
        """Receives what one service prints."""
        logger = loggers.getLogger()
        handler = loggers.StreamHandler(self._output)
        handler.setFormat("%(message)s")
        logger.addHandler(handler)
        return logger


class _OwnMessages(loggers.Handler):  # type: ignore[misc]  # supervisor ships no types
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

"""A program for the environment `.venv-mlflow`: it forks MLflow servers, and loads models.

MLflow's imports take many seconds. So they are made once, and each server is a fork of this.
Standard input has one JSON list in each line; standard output has the answer.
"""

import ctypes
import json
import os
import signal
import sys
import warnings
from pathlib import Path
from typing import Any

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve until the input ends."""
    import pandas as pd  # noqa: PLC0415 - of that environment
    import uvicorn  # noqa: PLC0415 - as above
    from mlflow.pyfunc import load_model  # noqa: PLC0415 - as above
    from mlflow.server.fastapi_app import app  # noqa: PLC0415 - as above

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    warnings.simplefilter("ignore")

    def serve(port: int) -> None:
        uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")

    def predict(uri: str, rows: list[dict[str, Any]], result: str) -> None:
        table: Any = load_model(uri).predict(pd.DataFrame(rows))
        part = Path(f"{result}.part")
        part.write_text(json.dumps(table.to_dict("records")))
        part.rename(result)

    _answer("ready")
    for line in sys.stdin:
        action, *arguments = json.loads(line)
        child = os.fork()
        if not child:
            _end_with_parent()
            os.dup2(2, 1)
            if action == "serve":
                serve(*arguments)
            else:
                predict(*arguments)
            os._exit(0)
        _answer(child)


def _end_with_parent() -> None:
    """Let the kernel end this process when the program above it is gone."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _answer(value: object) -> None:
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

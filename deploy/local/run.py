"""`python -m deploy.local.run`: run all services on this machine until Ctrl-C.

It first checks everything that would make the start fail. Then it becomes the process manager of
the gatekeeper, the predictor, and the welcome that trains the first model.
"""

import argparse
import sys
from contextlib import closing

from deploy.local.data_check import check_data
from deploy.local.output import RunOutput
from deploy.local.preflight import check_start
from deploy.local.process_manager import run_services
from deploy.local.run_file import record_run
from shared.container.threads import limit_threads
from shared.errors import ModelgateError
from shared.settings import CommonSettings, load_settings
from shared.text import to_printable_lines


def main() -> int:
    """Run until a signal stops it; return 1 if it cannot start, and 2 if training cannot."""
    argparse.ArgumentParser(
        prog="python -m deploy.local.run",
        description="Run all services on this machine until Ctrl-C. Settings: docs/operations.md",
    ).parse_args()
    try:
        run = check_start()
        limit_threads(load_settings(CommonSettings).threads)
        if status := check_data(run.layout):
            return status
        output = RunOutput(sys.stdout.buffer, run.layout.run_log)
        with record_run(run.layout, run.settings), closing(output):
            print(f"Starting on the store {run.layout.root}. Ctrl-C stops everything.", flush=True)
            run_services(
                output,
                predictor_stop=run.predictor_stop,
                has_webhooks=run.has_webhooks,
                has_schedule=run.has_schedule,
                has_tracking=run.has_tracking,
                json_logs=run.json_logs,
            )
    except ModelgateError as error:
        print(f"error: {to_printable_lines(error)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

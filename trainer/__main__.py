"""`python -m trainer`: train once, and report the result as an exit status.

0: a decision was reached. 1: the run failed. 2: unsuitable settings or data.
3: with --require-promotion, the candidate was refused or inconclusive.
4: published, but there was no decision in time, or the candidate awaits approval.
130, 143: stopped by SIGINT or SIGTERM.
"""

import argparse
import logging
import os
import sys

from shared.errors import UnapprovedError
from shared.logs import set_up_logging
from shared.store.store import open_store
from trainer.console import Console
from trainer.exit_status import GOOD, REFUSED, UNDECIDED, report_error
from trainer.given_settings import read_given_settings
from trainer.problems import Problems
from trainer.settings import describe_settings
from trainer.signals import Interrupted, raise_on_signals


def main(arguments: list[str] | None = None) -> int:
    """Run the trainer, and return the exit status."""
    options = _parser().parse_args(arguments)
    raise_on_signals()
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # it is a text file
    console = Console(sys.stdout)
    try:
        return _run(options, console)
    except UnapprovedError as error:
        console.clear()
        console.line(str(error))
        return UNDECIDED
    except Exception as error:  # noqa: BLE001 - the user reads one sentence for every error
        console.clear()
        return report_error(error)


def _run(options: argparse.Namespace, console: Console) -> int:
    problems = Problems()
    common, own = read_given_settings(problems)
    set_up_logging(common.log_level, common.log_format)
    if options.unless_registry:
        registry = open_store(common.store_dir).decision_log().registry
        if registry is not None:
            problems.require_none()
            console.line(
                f"Nothing to do: {registry.model_name} is in production as v{registry.version}."
            )
            return GOOD
    if problems:
        from trainer.preparation import prepare_run, require_run  # noqa: PLC0415 - slow to import

        console.show_progress("Loading the data")
        require_run(prepare_run(open_store(common.store_dir), common, own, problems), console)
    from trainer.training import train  # noqa: PLC0415 - as above

    decision = train(common, own, console, seconds_since_start())
    is_rejected = decision.outcome in {"refused", "inconclusive"}
    return REFUSED if is_rejected and options.require_promotion else GOOD


def seconds_since_start() -> float:
    """Return the seconds since the interpreter loaded its first modules, such as logging."""
    return logging.makeLogRecord({}).relativeCreated / 1000


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m trainer",
        description="Train candidates, publish the best and wait for the gatekeeper's decision.",
        epilog=f"environment variables:\n{describe_settings()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--unless-registry",
        action="store_true",
        help="do nothing if a model is already in production",
    )
    parser.add_argument(
        "--require-promotion",
        action="store_true",
        help="exit with status 3 if the candidate is refused or inconclusive",
    )
    return parser


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Interrupted as interrupted:
        print(interrupted, file=sys.stderr)
        sys.stdout.flush()
        # The interpreter would wait for fits in threads, which cannot be stopped.
        os._exit(interrupted.status)

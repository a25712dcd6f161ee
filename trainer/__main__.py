"""`python -m trainer`: train once, and report the result as an exit status.

0: a decision was reached. 1: the run failed. 2: unsuitable settings or data.
3: with --require-promotion, the candidate was refused or inconclusive.
4: published, but there was no decision in time, or the candidate awaits approval.
130, 143: stopped by SIGINT or SIGTERM.
"""

import argparse
import logging
import sys

from shared.container.threads import limit_threads
from shared.contract.documents import Decision
from shared.errors import UnapprovedError
from shared.logs import set_up_logging
from shared.parent_process import exit_with_parent
from shared.store.store import open_store
from shared.telemetry.attributes import OUTCOME, VERSION
from shared.telemetry.spans import span, start_spans, stop_spans
from trainer.console import Console
from trainer.exit_status import GOOD, REFUSED, UNDECIDED, report_error, run_command
from trainer.given_settings import read_given_settings
from trainer.problems import Problems
from trainer.settings import describe_settings
from trainer.signals import raise_on_signals

_SPANS_SECONDS = 2.0
"""Most seconds that a finished run waits for the receiver of spans."""


def main(arguments: list[str] | None = None) -> int:
    """Run the trainer, and return the exit status."""
    options = _parser().parse_args(arguments)
    raise_on_signals()
    if options.end_with_parent:
        exit_with_parent(options.end_with_parent)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # it is a text file
    console = Console(sys.stdout, names_steps=True)
    try:
        return _run(options, console)
    except UnapprovedError as error:
        console.clear()
        console.line(str(error))
        return UNDECIDED
    except Exception as error:  # noqa: BLE001 - the user reads one sentence for every error
        console.clear()
        return report_error(error)
    finally:
        console.close()
        stop_spans(_SPANS_SECONDS)


def _run(options: argparse.Namespace, console: Console) -> int:
    problems = Problems()
    common, own = read_given_settings(problems)
    set_up_logging(common.log_level, common.log_format)
    limit_threads(common.threads)  # before the libraries are imported
    start_spans("modelgate-trainer")
    if options.unless_registry:
        store = open_store(common.store_dir)
        log = store.decision_log()
        registry = log.registry
        if registry is not None:
            problems.require_none()
            console.line(
                f"Nothing to do: {registry.model_name} is in production as v{registry.version}."
            )
            return GOOD
        from trainer.pending_candidate import await_pending, find_pending  # noqa: PLC0415 - as below

        if (pending := find_pending(store, log)) is not None:
            problems.require_none()
            return _status(await_pending(store, log, pending, own.wait_seconds, console), options)
    if problems:
        from trainer.preparation import prepare_run, require_run  # noqa: PLC0415 - slow to import

        console.show_progress("Loading the data")
        require_run(prepare_run(open_store(common.store_dir), common, own, problems), console)
    with span("train") as run:
        from trainer.training import train  # noqa: PLC0415 - as above

        decision = train(common, own, console, seconds_since_start(), options.training_lock)
        run.add({OUTCOME: decision.outcome})
        if decision.registry is not None:
            run.add({VERSION: decision.registry.version})
    return _status(decision, options)


def _status(decision: Decision, options: argparse.Namespace) -> int:
    is_rejected = decision.outcome in {"refused", "inconclusive"}
    return REFUSED if is_rejected and options.require_promotion else GOOD


def seconds_since_start() -> float:
    """Return the seconds since the interpreter loaded its first modules, such as logging."""
    return logging.makeLogRecord({}).relativeCreated / 1000


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m trainer",
        description="Train estimators, publish the best as a candidate, and wait for its decision.",
        epilog=f"environment variables:\n{describe_settings()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--unless-registry",
        action="store_true",
        help="do nothing if a model is already in production, and wait for the decision instead "
        "of training if a candidate has none yet",
    )
    parser.add_argument(
        "--require-promotion",
        action="store_true",
        help="exit with status 3 if the candidate is refused or inconclusive",
    )
    # The waiting trainer passes these two.
    parser.add_argument("--training-lock", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--end-with-parent", type=int, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    run_command(main)

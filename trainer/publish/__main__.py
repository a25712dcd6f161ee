"""`python -m trainer.publish`: publish a model that was fitted elsewhere.

0: a decision was reached. 1: it failed. 2: unsuitable model, tables or settings; nothing was
published. 3: with --require-promotion, the candidate was refused or inconclusive. 4: published,
but there was no decision in time, or the candidate awaits approval.
"""

import argparse
import sys
from pathlib import Path

from shared.column_list import parse_names
from shared.container.threads import limit_threads
from shared.logs import set_up_logging
from trainer.console import Console
from trainer.exit_status import GOOD, REFUSED, report_error, run_command
from trainer.given_settings import read_given_settings
from trainer.problems import Problems
from trainer.signals import raise_on_signals


def main(arguments: list[str] | None = None) -> int:
    """Publish the model that the arguments name, and return the exit status."""
    options = _parser().parse_args(arguments)
    raise_on_signals()
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # it is a text file
    console = Console(sys.stdout, names_steps=True)
    try:
        return _run(options, console)
    except Exception as error:  # noqa: BLE001 - the user reads one sentence for every error
        console.clear()
        return report_error(error)
    finally:
        console.close()


def _run(options: argparse.Namespace, console: Console) -> int:
    problems = Problems()
    common, own = read_given_settings(problems)
    problems.require_none()
    set_up_logging(common.log_level, common.log_format)
    limit_threads(common.threads)  # before the libraries are imported
    from trainer.brought_models.bare.output_plan import Wish  # noqa: PLC0415 - slow to import
    from trainer.publish.request import PublishRequest  # noqa: PLC0415 - as above
    from trainer.publish.run import publish_model  # noqa: PLC0415 - as above

    request = PublishRequest(
        model=options.model,
        holdout=options.holdout,
        target=options.target,
        fitted_on=options.fitted_on,
        name=options.name,
        wish=Wish(options.output, parse_names("CLASSES", options.classes or "")),
    )
    decision = publish_model(request, common, own, console)
    is_rejected = decision.outcome in {"refused", "inconclusive"}
    return REFUSED if is_rejected and options.require_promotion else GOOD


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m trainer.publish",
        description="Publish a model that was fitted elsewhere as a candidate, and wait for its "
        "decision.",
        epilog="The settings TRAINER_TYPES, TRAINER_MISSING, TRAINER_DROP, TRAINER_ROW_KEY, "
        "TRAINER_SLICE_COLUMNS and TRAINER_POSITIVE_LABEL say how the tables are read. "
        "See docs/publish.md.",
    )
    parser.add_argument(
        "model",
        metavar="MODEL",
        help="the file of the model, or a directory that MLflow saved",
    )
    parser.add_argument(
        "--holdout",
        type=Path,
        required=True,
        metavar="FILE",
        help="a CSV or Parquet file with rows that the model has not seen",
    )
    parser.add_argument("--target", required=True, metavar="COLUMN", help="the column to predict")
    parser.add_argument(
        "--fitted-on",
        type=Path,
        metavar="FILE",
        help="a file with the rows that the model was fitted or chosen on",
    )
    parser.add_argument("--name", help="the name of the model (default: that of its file)")
    parser.add_argument(
        "--output",
        choices=("logits", "probabilities", "value"),
        help="the meaning of the model's numbers (default: as the model shows it)",
    )
    parser.add_argument(
        "--classes",
        metavar="NAMES",
        help="the classes in the order of the model's outputs: names separated by commas, or a "
        "JSON list",
    )
    parser.add_argument(
        "--require-promotion",
        action="store_true",
        help="exit with status 3 if the candidate is refused or inconclusive",
    )
    return parser


if __name__ == "__main__":
    run_command(main)

"""`python -m trainer.check_data`: check a table, and print every column and every problem.

0: training can start. 1: the check failed. 2: there are problems, or unsuitable settings.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from shared.errors import SettingsError
from shared.logs import set_up_logging
from shared.store.store import open_store
from trainer.console import Console
from trainer.exit_status import BAD_INPUT, GOOD, report_error, run_command
from trainer.given_settings import read_given_settings
from trainer.problems import Problems
from trainer.settings import TrainerSettings
from trainer.signals import raise_on_signals

if TYPE_CHECKING:
    from shared.reports.table_report import TableReport
    from trainer.preparation import Preparation

_PAGE_MODE = 0o600
"""The page shows cells of the data, so only its owner may read it."""


def main(arguments: list[str] | None = None) -> int:
    """Check the table, and return the exit status."""
    options = _parser().parse_args(arguments)
    raise_on_signals()
    is_piped = options.page == "-"
    stream = sys.stderr if is_piped else sys.stdout
    stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # it is a text file
    console = Console(stream)
    try:
        return _check(options, console)
    except Exception as error:  # noqa: BLE001 - the user reads one sentence for every error
        console.clear()
        return report_error(error)
    finally:
        console.close()


def _check(options: argparse.Namespace, console: Console) -> int:
    problems = Problems()
    common, own = read_given_settings(problems)
    set_up_logging(common.log_level, common.log_format)
    store = open_store(common.store_dir)
    if options.unless_registry and store.decision_log().registry is not None:
        problems.require_none()
        return GOOD
    console.show_progress("Loading the data")
    if own.holdout_rows is not None:
        problems.require_none()
        return _check_parts(own, common.metric, options, console)
    from trainer.preparation import prepare_run, require_run  # noqa: PLC0415 - slow to import

    if options.only_problems:
        require_run(prepare_run(store, common, own, problems), console)
        return GOOD
    if own.dataset is None:
        problems.require_none()
        problems.add(
            SettingsError(
                "There is no table to check. Set TRAINER_DATASET to a CSV or Parquet file, and "
                "TRAINER_TARGET to the column to predict."
            )
        )
        problems.require_none()
    from shared.reports.table_report import render_table  # noqa: PLC0415 - as above
    from trainer.table_check.table_text import write_report  # noqa: PLC0415 - as above

    report = _report(
        prepare_run(store, common, own, problems, show_progress=console.show_progress), own
    )
    console.lines(write_report(report))
    if options.page:
        _write_page(options.page, render_table(report), console)
    return BAD_INPUT if report.problems else GOOD


def _check_parts(
    own: "TrainerSettings", metric: str, options: argparse.Namespace, console: Console
) -> int:
    """Check names, types and strings of a table that is read in parts. A run checks its numbers."""
    from trainer.partitions.table_parts import plan_parts, require_parts  # noqa: PLC0415 - as above

    require_parts(own)
    table = plan_parts(own, metric)
    if not options.only_problems:
        parts = table.divide()  # the memory of the workers is not known here
        rows = sum(part.rows for part in parts)
        console.line(
            f"{own.dataset}: {rows} rows, {len(table.names)} features, read in {len(parts)} "
            "parts or more. The numbers are checked when a run reads them (TRAINER_HOLDOUT_ROWS)."
        )
    return GOOD


def _report(found: "Preparation", own: TrainerSettings) -> "TableReport":
    """Report the table, and the run if it can start."""
    from trainer.dataset.row_hashing import hash_splits  # noqa: PLC0415 - as above
    from trainer.publishing.data_summary import summarise_data  # noqa: PLC0415 - as above
    from trainer.publishing.data_text import describe_data  # noqa: PLC0415 - as above
    from trainer.split_checks.split_check import check_split  # noqa: PLC0415 - as above
    from trainer.table_check.table_text import report_table  # noqa: PLC0415 - as above

    run, reading = found.run, found.reading
    assert reading is not None  # noqa: S101 - there is a table
    if run is None:
        reading.notes = (*found.warnings, *reading.notes)
        return report_table(str(own.dataset), reading, found.problems)
    summary = summarise_data(run.dataset, run.fingerprint, run.splits, run.rule, own.row_key)
    hashes = hash_splits(run.dataset, len(run.splits.holdout.rows))
    data = check_split(run.dataset, run.splits, hashes, own).add_to(summary)
    reading.notes = (*found.warnings, *data.notes)
    return report_table(
        str(own.dataset),
        reading,
        found.problems,
        describe_data(data.model_copy(update={"notes": ()})),
    )


def _write_page(name: str, page: str, console: Console) -> None:
    if name == "-":
        sys.stdout.write(page)
        return
    path = Path(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=_PAGE_MODE)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"The page {path} cannot be written: {error.strerror}. "
            "Choose another file: make check-data FILE=…"
        ) from error
    console.line(f"Page: {path}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m trainer.check_data",
        description="Check the table TRAINER_DATASET: print every column and every problem.",
    )
    parser.add_argument(
        "--page",
        metavar="FILE",
        help="also write a page of HTML; with -, the page is written to standard output and the "
        "text to standard error",
    )
    parser.add_argument(
        "--only-problems", action="store_true", help="print nothing if training can start"
    )
    parser.add_argument(
        "--unless-registry",
        action="store_true",
        help="do nothing if a model is already in production",
    )
    return parser


if __name__ == "__main__":
    run_command(main)

"""`python -m trainer.score IN OUT`: write a table with the predictions of one version.

0: the table is written. 1: it failed. 2: unsuitable table or settings. If the run was interrupted,
the same command goes on where it ended.
"""

import argparse
import os
import sys
from pathlib import Path

from shared.column_list import parse_names
from shared.container.threads import limit_threads
from shared.contract.signatures import known_keys
from shared.logs import set_up_logging
from shared.settings import CommonSettings, load_settings
from trainer.console import Console
from trainer.exit_status import GOOD, report_error, run_command
from trainer.settings import TrainerSettings
from trainer.signals import raise_on_signals

_KEYS_VARIABLE = "PREDICTOR_GATEKEEPER_KEYS"
"""The setting by which predictors require signed registries too."""


def main(arguments: list[str] | None = None) -> int:
    """Score the rows that the arguments name, and return the exit status."""
    options = _parser().parse_args(arguments)
    raise_on_signals()
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # it is a text file
    console = Console(sys.stdout, names_steps=True)
    try:
        _run(options, console)
    except Exception as error:  # noqa: BLE001 - the user reads one sentence for every error
        console.clear()
        return report_error(error)
    finally:
        console.close()
    return GOOD


def _run(options: argparse.Namespace, console: Console) -> None:
    common = load_settings(CommonSettings)
    own = load_settings(TrainerSettings)
    set_up_logging(common.log_level, common.log_format)
    limit_threads(common.threads)  # before the libraries are imported
    from shared.store.store import open_existing_store  # noqa: PLC0415 - slow to import
    from trainer.files.csv_setting import parse_csv_setting  # noqa: PLC0415 - as above
    from trainer.score.output_format import find_format  # noqa: PLC0415 - as above
    from trainer.score.row_reading import FeatureColumns  # noqa: PLC0415 - as above
    from trainer.score.scoring_run import score_rows  # noqa: PLC0415 - as above
    from trainer.score.stored_version import find_registry, load_version  # noqa: PLC0415 - as above
    from trainer.score.table_source import TableSource  # noqa: PLC0415 - as above
    from trainer.score.unfinished_table import UnfinishedTable  # noqa: PLC0415 - as above

    find_format(options.target)
    with UnfinishedTable(options.target):
        """Learn at once whether the file exists already."""
    kept = None if options.keep is None else parse_names("KEEP", options.keep)
    store = open_existing_store(common.store_dir)
    registry = find_registry(store, options.version, known_keys(options.keys))
    version = load_version(store, registry, allow_joblib=common.allow_joblib)
    features = FeatureColumns(version.artefact, f"IN={options.source}")
    source = TableSource(
        options.source, parse_csv_setting(own.csv), features.find, console.show_progress
    )
    if source.note:
        console.line(source.note)
    if features.absent:
        names = ", ".join(map(repr, features.absent))
        console.line(f"{source.name} has no column {names}: a missing value in every row.")
    console.line(f"Scoring {source.rows} rows with {version.title}.")
    scored = score_rows(version, source, features, options.target, kept=kept, console=console)
    console.line(
        f"Wrote {options.shown or options.target}: {scored.rows} rows by {version.title}, "
        f"{registry.digest}."
    )
    if scored.refused:
        counts = ", ".join(f"{code} {rows}" for code, rows in scored.refused.most_common())
        console.line(
            f"Refused rows: {scored.refused.total()} ({counts}). They have no prediction; the "
            "column with the name 'refusal reason' says why."
        )


def _read_path(text: str) -> Path:
    return Path(text).expanduser()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m trainer.score",
        description="Write a table with the predictions of one version of the store at STORE_DIR.",
        epilog="TRAINER_CSV says how a CSV file is written. See docs/scoring.md.",
    )
    parser.add_argument(
        "source",
        type=_read_path,
        metavar="IN",
        help="a CSV or Parquet file with the rows, or a folder of Parquet files",
    )
    parser.add_argument(
        "target", type=_read_path, metavar="OUT", help="the new table, .parquet or .csv"
    )
    parser.add_argument(
        "--version", type=int, metavar="N", help="the version (default: that in production)"
    )
    parser.add_argument(
        "--keep",
        metavar="NAMES",
        help="the columns to keep: names separated by commas, or a JSON list (default: all)",
    )
    parser.add_argument(
        "--keys",
        type=Path,
        metavar="FILE",
        default=os.environ.get(_KEYS_VARIABLE) or None,
        help="public keys of the gatekeeper, whose signature the version must have "
        f"(default: those of {_KEYS_VARIABLE})",
    )
    parser.add_argument("--shown", metavar="NAME", help="the name of OUT in the last line")
    return parser


if __name__ == "__main__":
    run_command(main)

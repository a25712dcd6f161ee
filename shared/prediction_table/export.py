"""`python -m shared.prediction_table.export FILE`: write the logged rows of a store as a table."""

import argparse
import sys
from pathlib import Path

from shared.errors import ModelgateError, StoreWriteError
from shared.prediction_table.selection import Selection, read_time
from shared.prediction_table.table_file import Exported, PredictionTable, find_format, write_table
from shared.settings import CommonSettings, load_settings
from shared.store.store import open_existing_store
from shared.text import to_printable

_STANDARD_OUTPUT = "-"


def main() -> int:
    """Write the table and describe it; return 1 after an error."""
    arguments = _parse()
    try:
        if arguments.file != _STANDARD_OUTPUT:
            find_format(arguments.file)
        store = open_existing_store(load_settings(CommonSettings).store_dir)
        selection = Selection(arguments.version, arguments.since, arguments.until)
        table = PredictionTable(store, selection, _show if sys.stderr.isatty() else _show_nothing)
        if arguments.file == _STANDARD_OUTPUT:
            exported = table.write(sys.stdout.buffer, arguments.format)
            sys.stdout.buffer.flush()
        else:
            exported = write_table(table, Path(arguments.file))
    except ModelgateError as error:
        return _fail(error)
    except OSError as error:
        return _fail(StoreWriteError(Path(error.filename or "standard output"), error))
    _describe(exported, arguments.file)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m shared.prediction_table.export",
        description="Write the logged rows of the store at STORE_DIR as one table.",
    )
    parser.add_argument(
        "file", metavar="FILE", help="the new table, .parquet or .csv; `-` is standard output"
    )
    parser.add_argument(
        "--format",
        choices=("parquet", "csv"),
        default="parquet",
        help="the format on standard output (default: parquet)",
    )
    parser.add_argument("--version", type=int, help="only rows that this version answered")
    parser.add_argument(
        "--since", type=read_time, metavar="TIME", help="only rows from this time on (ISO 8601)"
    )
    parser.add_argument(
        "--until", type=read_time, metavar="TIME", help="only rows before this time (ISO 8601)"
    )
    arguments = parser.parse_args()
    if arguments.file.startswith("-") and arguments.file != _STANDARD_OUTPUT:
        parser.error(f"FILE begins with '-'; write it as ./{arguments.file}")
    return arguments


def _show(read: int, segments: int) -> None:
    print(f"\r\x1b[KSegment {read + 1} of {segments}", end="", file=sys.stderr, flush=True)


def _show_nothing(_read: int, _segments: int) -> None:
    """Print no progress: it would fill a log."""


def _fail(error: ModelgateError) -> int:
    _end_progress()
    print(f"error: {to_printable(error)}", file=sys.stderr)
    return 1


def _end_progress() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)


def _describe(exported: Exported, name: str) -> None:
    _end_progress()
    if exported.invalid:
        print(f"note: Invalid lines that were left out: {exported.invalid}.", file=sys.stderr)
    rows = "1 row" if exported.rows == 1 else f"{exported.rows} rows"
    table = "table" if name == _STANDARD_OUTPUT else f"table {name}"
    word = "version" if len(exported.versions) == 1 else "versions"
    print(
        f"Wrote the {table}: {rows} of {word} "
        f"{', '.join(map(str, exported.versions))}. With a label: {exported.labelled}.",
        file=sys.stderr,
    )


if __name__ == "__main__":
    sys.exit(main())

"""`python -m shared.forgetting.forget ID …`: delete all rows and labels with these ids."""

import argparse
import sys
from pathlib import Path

from shared.errors import DeletionError, ModelgateError
from shared.forgetting.forgetting import Forgotten, forget
from shared.forgetting.wanted_ids import WantedIds, parse_ids, read_ids_file
from shared.prediction_table.exported_table import ExportedTable
from shared.settings import CommonSettings, load_settings
from shared.store.store import open_existing_store
from shared.text import to_printable

_STOPPED = 130
"""The exit status after Ctrl-C."""


def main() -> int:
    """Delete, search, and print the numbers; return 1 after an error."""
    arguments = _parse()
    tables = [ExportedTable(Path(name)) for name in arguments.table]
    try:
        wanted = WantedIds(_read_ids(arguments), of_requests=arguments.rows_of_requests)
        store = open_existing_store(load_settings(CommonSettings).store_dir)
        done = forget(store, wanted, tables, _say)
    except ModelgateError as error:
        print(f"error: {to_printable(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        _say("Stopped. Some rows may be deleted already: repeat the command.")
        return _STOPPED
    except OSError as error:
        failed = DeletionError(
            f"{error.filename} cannot be read or replaced: {error.strerror}. Some rows may be "
            "deleted already. Repair this, then repeat the command."
        )
        print(f"error: {to_printable(failed)}", file=sys.stderr)
        return 1
    _describe(done, len(wanted))
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m shared.forgetting.forget",
        description="Delete the rows and labels with these ids from the store at STORE_DIR.",
    )
    parser.add_argument("ids", metavar="ID", nargs="*", help="an id of a row, or a row key")
    parser.add_argument(
        "--ids", dest="file", metavar="FILE", help="a file with one id on each line; `-` is stdin"
    )
    parser.add_argument(
        "--table",
        action="append",
        default=[],
        metavar="FILE",
        help="a table of `make predictions`, whose rows are deleted too; can be repeated",
    )
    parser.add_argument(
        "--rows-of-requests",
        action="store_true",
        help="also delete ID/0, ID/1 …: the rows of a request with several rows",
    )
    return parser.parse_args()


def _read_ids(arguments: argparse.Namespace) -> list[str]:
    ids: list[str] = list(arguments.ids)
    if arguments.file == "-":
        ids += parse_ids(sys.stdin.buffer.read(), "standard input")
    elif arguments.file:
        ids += read_ids_file(Path(arguments.file))
    return ids


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def _describe(done: Forgotten, ids: int) -> None:
    """Print what was deleted and what stays. No line contains an id."""
    these = "this id" if ids == 1 else f"these {ids} ids"
    if done.is_nothing:
        print(f"Nothing has {these}, so nothing was changed.")
    else:
        print(
            f"Deleted {_count(done.rows, 'row')} and {_count(done.labels, 'label')} of the store, "
            f"and {_count(done.exported_rows, 'row')} of exported tables. "
            "deletions.json has these numbers."
        )
        print(f"A search of every byte of predictions/ and feedback/ finds no row of {these}.")
        print(
            "note: Backups with ROWS=yes, copies, and tables that FILES does not name still "
            "contain these rows. Models and holdouts that were made of them stay too."
        )
    if done.of_requests:
        print(
            f"note: {_count(done.of_requests, 'row')} of requests with such an id stay. They have "
            "ids with a number, such as ID/0. REQUEST=yes deletes them too."
        )
    if done.mentioned:
        print(
            f"note: {_count(done.mentioned, 'line')} with another id stay, although a value is "
            f"spelled like {these}."
        )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


if __name__ == "__main__":
    sys.exit(main())

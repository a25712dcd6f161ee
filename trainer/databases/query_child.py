"""Run a query in a process of its own, and write its rows to an open file as Parquet.

It reads one request from standard input, and writes one message for each batch and one at the end,
as lines of JSON. A library that hangs or ends the process does no harm to the trainer then.
"""

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import BinaryIO

from pyarrow import parquet

from shared.parent_process import exit_with_parent
from trainer.databases.address import DatabaseAddress, Engine
from trainer.databases.duckdb_file import open_duckdb
from trainer.databases.finite_times import find_infinite
from trainer.databases.messages import explain_infinite
from trainer.databases.postgresql import open_postgresql
from trainer.databases.query_error import QueryError
from trainer.databases.query_result import QueryResult
from trainer.databases.request import QueryRequest
from trainer.databases.sqlite import open_sqlite

_OPEN: dict[Engine, Callable[[QueryRequest], AbstractContextManager[QueryResult]]] = {
    "postgresql": open_postgresql,
    "sqlite": open_sqlite,
    "duckdb": open_duckdb,
}


class _UnwritableError(Exception):
    """The rows cannot be written. An OSError may also come from a library that cannot read."""


def main() -> int:
    """Answer the request on standard input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends this process
    fields = json.loads(sys.stdin.readline())
    exit_with_parent(fields["parent"])
    request = QueryRequest(
        DatabaseAddress(fields["address"]), fields["query"], fields["seconds"], fields["password"]
    )
    with open(fields["file"], "wb", closefd=False) as file:
        try:
            _run(request, file)
        except QueryError as error:
            _say({"error": request.hide_secrets(str(error))})
        except _UnwritableError as error:
            _say({"unwritable": str(error)})
        except MemoryError:
            _say({"out_of_memory": True})
    return 0


def _run(request: QueryRequest, file: BinaryIO) -> None:
    with _OPEN[request.address.engine](request) as result:
        rows = 0
        writer = parquet.ParquetWriter(file, result.schema)
        for batch in result.batches:
            if (found := find_infinite(batch)) is not None:
                name = result.columns[found].name
                raise QueryError(explain_infinite(name))
            with _writing():
                writer.write_batch(batch)
            rows += batch.num_rows
            _say({"rows": rows})
        with _writing():
            writer.close()
            file.flush()  # the end of the file too, before the parent reads it
        types = [column.type_name for column in result.columns]
        _say({"names": [column.name for column in result.columns], "unread": types})


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:  # such as a full disk
        raise _UnwritableError(error.strerror or "unknown error") from error


def _say(message: dict[str, object]) -> None:
    sys.stdout.write(f"{json.dumps(message)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

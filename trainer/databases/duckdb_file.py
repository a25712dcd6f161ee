"""Run a query on a file of DuckDB, which is opened for reading only and reads no other file."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from trainer.databases.address import DatabaseAddress
from trainer.databases.messages import (
    explain_missing,
    explain_missing_file,
    explain_no_table,
    explain_statements,
)
from trainer.databases.query_error import QueryError
from trainer.databases.query_result import QueryResult
from trainer.databases.request import QueryRequest
from trainer.databases.result_columns import ResultColumn, wrap_query

if TYPE_CHECKING:
    import duckdb

_BATCH_ROWS = 65536
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "lock_configuration": "true",
}
"""Settings with which a query reaches nothing but the database."""
_WHOLE = [f"{sign}{size}int" for sign in ("", "u") for size in ("tiny", "small", "big")]
_TIMES = ["date", "time", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns"]
_OTHERS = ("integer", "uinteger", "float", "double", "boolean", "varchar")
_EXPRESSIONS = {
    **dict.fromkeys((*_WHOLE, *_TIMES, *_OTHERS), "{}"),
    **dict.fromkeys(("timestamp with time zone", "sqlnull", "null"), "{}"),
    **dict.fromkeys(("decimal", "hugeint", "uhugeint", "bignum"), "{}::double"),
    **dict.fromkeys(("enum", "uuid", "bit"), "{}::varchar"),
    "interval": "epoch({})",
    "time with time zone": "{}::time",
}
"""How a column of each type is read. Columns of other types are not read."""
_JSON = "JSON"


@contextmanager
def open_duckdb(request: QueryRequest) -> Iterator[QueryResult]:
    """Open the file and run the query; raise QueryError if one of them fails."""
    try:
        import duckdb  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise QueryError(explain_missing("DuckDB")) from error
    file = request.address.file
    if not file.is_file():
        raise QueryError(explain_missing_file(request.address))
    try:
        with closing(duckdb.connect(str(file), read_only=True, config=_CLOSED)) as connection:
            yield _run(connection, request)
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise QueryError(_explain(request.address, error)) from error


def _run(connection: "duckdb.DuckDBPyConnection", request: QueryRequest) -> QueryResult:
    statements = connection.extract_statements(request.query)
    if len(statements) > 1:
        raise QueryError(explain_statements(request.address))
    if not statements or statements[0].type.name != "SELECT":
        raise QueryError(explain_no_table(request.address))
    listed = connection.execute(f"describe {request.query}").fetchall()
    columns = [_read_column(str(name), str(type_)) for name, type_, *_ in listed]
    rows: Any = connection.sql(wrap_query(request.query, columns))
    reader = rows.to_arrow_reader(_BATCH_ROWS)
    return QueryResult(columns, reader.schema, iter(reader))


def _read_column(name: str, type_: str) -> ResultColumn:
    kind = type_.partition("(")[0].lower().strip('"')
    is_list = type_.endswith("]")
    expression = None if is_list or type_ == _JSON else _EXPRESSIONS.get(kind)
    return ResultColumn(name, expression, "" if expression else type_.lower())


def _explain(address: DatabaseAddress, error: Exception) -> str:
    message = str(error)
    if "Conflicting lock" in message or "Could not set lock" in message:
        return (
            f"TRAINER_DATASET={address} cannot be read: another program has opened the file for "
            "writing. Close it there, or copy the file."
        )
    if "not a valid DuckDB" in message or "storage version" in message:
        return (
            f"TRAINER_DATASET={address} cannot be read: it is not a file of DuckDB, or a later "
            "version wrote it. Correct the path."
        )
    if "file system operations are disabled" in message:
        return (
            f"The query of TRAINER_DATASET={address} failed: it reads another file, which is not "
            "allowed. Load that file into the database first."
        )
    found = message.partition("\n")[0]
    return (
        f"The query of TRAINER_DATASET={address} failed: DuckDB says {found!r:.300}. Correct "
        "TRAINER_QUERY."
    )

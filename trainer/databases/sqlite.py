"""Run a query on a file of SQLite, which is opened for reading only."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from urllib.parse import quote

import pyarrow as pa

from trainer.databases.address import DatabaseAddress
from trainer.databases.messages import (
    explain_missing_file,
    explain_no_table,
    explain_statements,
)
from trainer.databases.query_error import QueryError
from trainer.databases.query_result import QueryResult
from trainer.databases.request import QueryRequest
from trainer.databases.result_columns import ResultColumn

_BATCH_ROWS = 16384
_VIEW = "modelgate_result"
_FLAG = "BOOL"
"""A part of the declared types of flags."""
_SURVEY = (
    "iif(min({}) in (0, 1) and max({}) in (0, 1) and sum(typeof({}) = 'integer') = count({}), "
    "'flag', group_concat(distinct typeof({})))"
)
"""The kinds of values of a column whose declared type is that of flags."""
_TYPES: tuple[tuple[pa.DataType, set[str]], ...] = (
    (pa.null(), set()),
    (pa.bool_(), {"flag"}),
    (pa.int64(), {"integer"}),
    (pa.float64(), {"integer", "real"}),
    (pa.string(), {"text"}),
)
"""The type of a column that has only values of these kinds."""
_READING = {
    *(sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION),
    sqlite3.SQLITE_RECURSIVE,
}
_FILE_ERRORS = (
    (
        "file is not a database",
        "it is not a file of SQLite, or it is encrypted",
        "Correct the path",
    ),
    ("malformed", "it is damaged", "Restore it from a backup"),
    ("unable to open", "this user may not open it", "Give the trainer the right to read it"),
    ("database is locked", "another program writes to it", "Try again when it has ended"),
    ("UTF-8", "it has text that is not in UTF-8", "Convert the text in the query, with hex()"),
)
"""A part of a message of SQLite, its meaning, and the advice."""
_NO_SELECT = re.compile(
    r'near "(insert|update|delete|create|drop|alter|pragma|attach|replace|explain)": syntax',
    re.IGNORECASE,
)


@contextmanager
def open_sqlite(request: QueryRequest) -> Iterator[QueryResult]:
    """Open the file and run the query; raise QueryError if one of them fails."""
    file = request.address.file
    if not file.is_file():
        raise QueryError(explain_missing_file(request.address))
    try:
        with closing(
            sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, isolation_level=None)
        ) as connection:
            yield _run(connection, request)
    except sqlite3.Warning as error:  # of Python 3.11
        raise QueryError(explain_statements(request.address)) from error
    except (sqlite3.Error, UnicodeError) as error:
        raise QueryError(_explain(request.address, str(error))) from error


def _run(connection: sqlite3.Connection, request: QueryRequest) -> QueryResult:
    # A view is only possible for one query that reads. It says the declared types.
    query = request.query.rstrip().rstrip(";")
    connection.execute(f"create temp view {_VIEW} as {query}\n")
    listed = connection.execute(f"pragma temp.table_info({_VIEW})").fetchall()
    connection.execute("begin")  # both passes see the same rows
    connection.set_authorizer(_authorize)
    names = [str(name) for _, name, *_ in listed]
    if any(":" in name for name in names):  # a view writes the second column a as a:1
        names = [str(name) for name, *_ in connection.execute(query).description]
    flags = [_FLAG in str(type_).upper() for _, _, type_, *_ in listed]
    places = [f"c{place}" for place in range(len(names))]
    begin = f"with result({', '.join(places)}) as (select * from temp.{_VIEW}) select"  # noqa: S608
    parts = [
        _SURVEY.replace("{}", c) if is_flag else f"group_concat(distinct typeof({c}))"
        for c, is_flag in zip(places, flags, strict=True)
    ]
    survey = connection.execute(f"{begin} {', '.join(parts)} from result").fetchone()
    found = [{*str(kinds or "").split(",")} - {"", "null"} for kinds in survey]
    types = [_find_type(kinds) for kinds in found]
    columns = [
        ResultColumn(name, place)
        if type_ is not None
        else ResultColumn(name, type_name=_name(kinds))
        for name, place, type_, kinds in zip(names, places, types, found, strict=True)
    ]
    fields = [(c, type_ or pa.null()) for c, type_ in zip(places, types, strict=True)]
    values = ", ".join(column.expression or "null" for column in columns)
    cursor = connection.execute(f"{begin} {values} from result")
    return QueryResult(columns, pa.schema(fields), _read(cursor, pa.schema(fields)))


def _read(cursor: sqlite3.Cursor, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    while rows := cursor.fetchmany(_BATCH_ROWS):
        arrays = [
            _make_array(values, field.type)
            for values, field in zip(zip(*rows, strict=True), schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _make_array(values: Sequence[object], type_: pa.DataType) -> pa.Array:
    if pa.types.is_boolean(type_):
        return pa.array(values, pa.int8()).cast(type_)
    if pa.types.is_floating(type_):  # among them are whole numbers, which float64 may round
        return pa.array([None if v is None else float(v) for v in values], type_)  # type: ignore[arg-type]
    return pa.array(values, type_)


def _find_type(kinds: set[str]) -> pa.DataType | None:
    """Return the type of a column with values of these *kinds*; None if it is not read."""
    for type_, allowed in _TYPES:
        if kinds <= allowed:
            return type_
    return None


def _name(kinds: set[str]) -> str:
    return "blob" if "blob" in kinds else "numbers and strings"


def _authorize(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def _explain(address: DatabaseAddress, message: str) -> str:
    if "one statement at a time" in message:
        return explain_statements(address)
    for part, what, advice in _FILE_ERRORS:
        if part in message:
            return f"TRAINER_DATASET={address} cannot be read: {what}. {advice}."
    if "not authorized" in message or _NO_SELECT.search(message):
        return explain_no_table(address)
    return (
        f"The query of TRAINER_DATASET={address} failed: SQLite says {message!r:.300}. Correct "
        "TRAINER_QUERY."
    )

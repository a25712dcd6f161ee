"""Run a query on PostgreSQL, in a read-only transaction."""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import pyarrow as pa

from trainer.databases.messages import (
    explain_connection,
    explain_missing,
    explain_no_table,
    explain_query,
)
from trainer.databases.query_error import QueryError
from trainer.databases.query_result import QueryResult
from trainer.databases.request import QueryRequest
from trainer.databases.result_columns import ResultColumn, wrap_query

_CONNECT_SECONDS = "10"
_NUMBERS = ("int2", "int4", "int8", "float4", "float8", "bool")
_OTHERS = ("text", "varchar", "bpchar", "date", "timestamp", "timestamptz", "time")
_TEXTS = ("name", "char", "uuid", "inet", "cidr", "macaddr", "macaddr8", "bit", "varbit", "citext")
_EXPRESSIONS = {
    **dict.fromkeys((*_NUMBERS, *_OTHERS), "{}"),
    **dict.fromkeys(_TEXTS, "{}::text"),
    "numeric": "{}::float8",
    "money": "{}::numeric::float8",
    "oid": "{}::int8",
    "interval": "extract(epoch from {})::float8",
    "timetz": "{}::time",
}
"""How a column of each type is read. Columns of other types are not read."""
_UNNAMED = re.compile(r"unnamed<oid:(\d+)>")
_ENUM = "e"
_ARRAY = "_"
_TYPE_QUERY = "select typname::text, typtype::text from pg_type where"


@contextmanager
def open_postgresql(request: QueryRequest) -> Iterator[QueryResult]:
    """Connect and run the query; raise QueryError if one of them fails."""
    try:
        from adbc_driver_manager import Error  # noqa: PLC0415 - an extra
        from adbc_driver_postgresql import dbapi  # noqa: PLC0415 - as above
    except ImportError as error:
        raise QueryError(explain_missing("PostgreSQL")) from error
    try:
        connection = dbapi.connect(_address(request))
    except Error as error:
        raise QueryError(explain_connection(request.address, str(error))) from error
    with closing(connection), closing(connection.cursor()) as cursor:
        try:
            schema = cursor.adbc_execute_schema(request.query)
            if not schema.names:
                raise QueryError(explain_no_table(request.address))
            columns = [_read_column(field, cursor) for field in schema]
            cursor.execute(wrap_query(request.query, columns))
            reader = cursor.fetch_record_batch()
            yield QueryResult(columns, reader.schema, iter(reader))
        except (Error, OSError, pa.ArrowException) as error:
            raise QueryError(explain_query(request.address, str(error))) from error


def _address(request: QueryRequest) -> str:
    """Return the address with the password, and with the options that protect the server."""
    parts = urlsplit(request.address)
    options = dict(parse_qsl(parts.query))
    options.setdefault("connect_timeout", _CONNECT_SECONDS)
    options.setdefault("application_name", "modelgate")
    limits = {
        "default_transaction_read_only": "on",
        "statement_timeout": str(int(request.seconds * 1000)),
    }
    given = options.get("options", "")
    options["options"] = " ".join(
        [given, *(f"-c {name}={v}" for name, v in limits.items())]
    ).strip()
    place = parts.netloc
    if request.password is not None:
        user, _, host = place.rpartition("@")
        place = f"{user}:{quote(request.password, safe='')}@{host}"
    query = urlencode(options, quote_via=quote, safe="")
    return urlunsplit(("postgresql", place, parts.path, query, ""))


def _read_column(field: pa.Field, cursor: Any) -> ResultColumn:
    metadata: Mapping[bytes, bytes] = field.metadata or {}
    name = metadata.get(b"POSTGRESQL:type", b"").decode()
    expression = _EXPRESSIONS.get(name)
    if expression is None and not name.startswith(_ARRAY):
        number = _UNNAMED.fullmatch(name)
        which = f"oid = {int(number[1])}" if number else f"typname = {_quote(name)}"
        cursor.execute(f"{_TYPE_QUERY} {which} order by typtype = '{_ENUM}' desc")
        name, kind = cursor.fetchone() or (name, "")
        expression = "{}::text" if kind == _ENUM else _EXPRESSIONS.get(name)
    if expression is not None:
        return ResultColumn(field.name, expression)
    shown = f"{name[1:]}[]" if name.startswith(_ARRAY) else name
    return ResultColumn(field.name, type_name=shown)


def _quote(text: str) -> str:
    """Return a string of SQL; standard_conforming_strings is on by default."""
    return "'" + text.replace("'", "''") + "'"

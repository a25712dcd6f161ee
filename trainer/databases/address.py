"""Parse the address of a database, which never contains a password."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

Engine = Literal["postgresql", "sqlite", "duckdb"]
_ENGINES: dict[str, Engine] = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "sqlite": "sqlite",
    "duckdb": "duckdb",
}
NAMES: dict[Engine, str] = {"postgresql": "PostgreSQL", "sqlite": "SQLite", "duckdb": "DuckDB"}
_EXAMPLE = "postgresql://user@host/database, sqlite:///file.db or duckdb:///file.db"
_SECRETS = {"password", "sslpassword", "oauth_client_secret"}
_OPTIONS = {
    *(
        "user",
        "host",
        "hostaddr",
        "port",
        "dbname",
        "options",
        "application_name",
        "client_encoding",
    ),
    *("connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval"),
    *("keepalives_count", "tcp_user_timeout", "target_session_attrs", "load_balance_hosts"),
    *("sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslcrldir", "sslsni"),
    *("sslnegotiation", "ssl_min_protocol_version", "ssl_max_protocol_version"),
    *("channel_binding", "require_auth", "passfile", "gssencmode", "krbsrvname", "gsslib"),
}
"""The options of PostgreSQL's client that an address may have."""


class DatabaseAddress(str):
    """The address of a database, as messages and the manifest show it."""

    __slots__ = ("engine",)
    engine: Engine

    def __new__(cls, text: str) -> Self:
        """Parse *text*; raise ValueError, whose message shows no password."""
        scheme = text.partition("://")[0].lower()
        engine = _ENGINES.get(scheme)
        if engine is None:
            raise ValueError(
                f"TRAINER_DATASET begins with {scheme!r:.40}, which is not a known database. Use "
                f"{_EXAMPLE}, or the path of a file."
            )
        if engine == "postgresql":
            _check_server(text)
        else:
            _check_file(text, engine)
        address = super().__new__(cls, text)
        address.engine = engine
        return address

    @property
    def file(self) -> Path:
        """The file of SQLite or DuckDB."""
        path = unquote(self.partition("://")[2][1:])
        return Path(path).expanduser()


def is_address(text: str) -> bool:
    """Decide whether *text* is an address and not a path."""
    return "://" in text


def _check_server(text: str) -> None:
    parts, options = _split(text)
    unknown = sorted(options.keys() - _OPTIONS)
    if _has_password(text, parts, is_option_unknown=bool(unknown)):
        raise ValueError(
            "TRAINER_DATASET has a password in its address. Addresses are shown and recorded. "
            "Remove the password from it, and write it into a file that "
            "TRAINER_DATABASE_PASSWORD_FILE names, or into the variable PGPASSWORD."
        )
    if parts is None or parts.fragment:
        raise ValueError(
            "TRAINER_DATASET is not an address of PostgreSQL. Write postgresql://user@host/database"
            ", with special characters such as %40 for @."
        )
    if unknown:
        raise ValueError(
            f"TRAINER_DATASET has the unknown option {unknown[0]!r:.40} in its address. Remove it, "
            "or use an option of PostgreSQL's client such as sslmode=verify-full."
        )


def _split(text: str) -> tuple[SplitResult | None, dict[str, str]]:
    try:
        parts = urlsplit(text)
        _ = parts.port
        options = parse_qsl(parts.query, keep_blank_values=True)
        return parts, {name.lower(): value for name, value in options}
    except ValueError:
        return None, {}


def _has_password(text: str, parts: SplitResult | None, *, is_option_unknown: bool) -> bool:
    """Say whether a password may be in *text*, also one with #, ? or / that splits it wrongly."""
    after = text.partition("://")[2]
    if parts is None:
        return ":" in after.rpartition("@")[0]
    place = after.partition("/")[0]
    if "@" in place and ":" in place.partition("@")[0]:
        return True
    if "@" in parts.path or "@" in parts.fragment or ("@" in parts.query and is_option_unknown):
        return True
    query = unquote(parts.query).lower()
    return parts.password is not None or any(f"{name}=" in query for name in _SECRETS)


def _check_file(text: str, engine: Engine) -> None:
    after = text.partition("://")[2]
    if not after.startswith("/") or len(after) == 1:
        raise ValueError(
            f"TRAINER_DATASET={text!s:.200} names no file. Write {engine}:///data/file.db for a "
            f"file in the current folder, or {engine}:////data/file.db for one from the root."
        )
    if "?" in after:
        raise ValueError(
            f"TRAINER_DATASET={text!s:.200} has options after a question mark. An address of "
            f"{NAMES[engine]} has only a file; write %3F for a question mark in its name."
        )

"""The query of a run: its database, its text, its password and its limit."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from shared.errors import SettingsError
from shared.secret_file import read_secret
from trainer.databases.address import NAMES, DatabaseAddress

QUERY_END = ".sql"
MAX_QUERY_CHARACTERS = 20_000
_MAX_PASSWORD_BYTES = 4096
_PASSWORD_VARIABLE = "PGPASSWORD"  # noqa: S105 - a name


@dataclass(frozen=True)
class QueryRequest:
    """A query and everything that is needed to run it."""

    address: DatabaseAddress
    query: str
    seconds: float
    """The most seconds from the connection to the last row."""
    password: str | None = field(default=None, repr=False)

    def hide_secrets(self, text: str) -> str:
        """Return *text* without the password."""
        for secret in (self.password, os.environ.get(_PASSWORD_VARIABLE)):
            if secret:
                text = text.replace(secret, "***")
        return text


def read_request(
    address: DatabaseAddress, query: str, password_file: Path | None, seconds: float
) -> QueryRequest:
    """Read the files of the query and of the password; raise SettingsError if one is unusable."""
    if password_file is not None and address.engine != "postgresql":
        raise SettingsError(
            f"TRAINER_DATABASE_PASSWORD_FILE is set, but {NAMES[address.engine]} has no passwords. "
            "Unset it."
        )
    password = None if password_file is None else _read_password(password_file)
    return QueryRequest(address, _read_query(query), seconds, password)


def _read_query(query: str) -> str:
    """Return the text of TRAINER_QUERY, which may be the name of a file."""
    text = query.strip()
    if not text:
        raise SettingsError(
            "TRAINER_DATASET is a database, but TRAINER_QUERY is not set. Set it to the query that "
            "returns the rows, such as TRAINER_QUERY='select * from customers', or to a file that "
            "ends with .sql."
        )
    if text.lower().endswith(QUERY_END) and len(text.split()) == 1:
        path = Path(text).expanduser()
        try:
            text = path.read_text(encoding="utf-8-sig").strip()
        except UnicodeError as error:
            raise SettingsError(
                f"TRAINER_QUERY={path} is not in UTF-8. Write the file again in UTF-8."
            ) from error
        except OSError as error:
            raise SettingsError(
                f"TRAINER_QUERY={path} cannot be read: {error.strerror}. Set it to a query, or to "
                "a file with one."
            ) from error
        if not text:
            raise SettingsError(f"TRAINER_QUERY={path} is empty. Write the query into the file.")
    elif "\n" in text:
        raise SettingsError(
            "TRAINER_QUERY has several lines. Write the query into a file that ends with .sql, and "
            "set TRAINER_QUERY to its name."
        )
    if len(text) > MAX_QUERY_CHARACTERS:
        raise SettingsError(
            f"The query in TRAINER_QUERY has {len(text):,} characters; at most "
            f"{MAX_QUERY_CHARACTERS:,} are allowed. Make it a view of the database."
        )
    if "\0" in text:
        raise SettingsError("The query in TRAINER_QUERY has a zero byte. Remove it.")
    return text


def _read_password(path: Path) -> str:
    label = "password file of TRAINER_DATABASE_PASSWORD_FILE,"
    content = read_secret(path, label, _MAX_PASSWORD_BYTES, SettingsError)
    try:
        password = content.decode().rstrip("\r\n")
    except UnicodeError as error:
        raise SettingsError(f"The {label} {path}, is not in UTF-8. Write it again.") from error
    if not password or len(content) > _MAX_PASSWORD_BYTES or "\n" in password or "\0" in password:
        raise SettingsError(
            f"The {label} {path}, does not have one line with a password. Write only the password "
            "into it."
        )
    return password

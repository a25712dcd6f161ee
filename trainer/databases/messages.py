"""Turn the errors of PostgreSQL into sentences that say what to do."""

import re

from trainer.databases.address import DatabaseAddress

_TRY_ANOTHER = (
    "Set TRAINER_DATABASE_PASSWORD_FILE to a file with the right password, or correct the user"
)
_CONNECTION: tuple[tuple[str, str, str], ...] = (
    ("Connection refused", "nothing listens there", "Start the server, or correct host and port"),
    ("could not translate host name", "its host is unknown", "Correct the host"),
    ("password authentication failed", "the server refused the password", _TRY_ANOTHER),
    ("no password supplied", "the server asks for a password", _TRY_ANOTHER),
    ("server does not support SSL", "the server has no TLS", "Switch it on, or change sslmode"),
    ("certificate verify failed", "the server's certificate is not trusted", "Set sslrootcert"),
    ("root certificate file", "sslrootcert names no usable file", "Set sslrootcert to the file"),
    ("does not match host name", "its certificate is for another host", "Correct the host"),
    ("no pg_hba.conf entry", "the server does not admit this user or machine", "Allow it there"),
    ("timeout expired", "the server did not answer in time", "Try again when it does"),
    ("No such file or directory", "there is no socket in this place", "Correct the host"),
    ("Network is unreachable", "there is no network", "Give the trainer a network"),
    ("No route to host", "there is no way to this host", "Give the trainer a network"),
    ("too many c", "the server has too many connections", "Try again when it has fewer"),
    ("starting up", "the server is starting", "Try again when it has started"),
    ("shutting down", "the server is stopping", "Start it again"),
)
"""A part of a message of PostgreSQL's client, its meaning, and the advice."""
_ERROR = re.compile(r"[^\s:]+: {2}([^\n]+)")
"""The severity of an error, in the language of the server, and its text."""
_TIMEOUT = "statement timeout"
_SEVERAL = "multiple commands"
_LOST = ("server closed the connection", "terminating connection", "could not receive data")
_UNKNOWN = "the connection ended"


def explain_connection(address: DatabaseAddress, message: str) -> str:
    """Return the sentence for a connection that failed with *message*."""
    for part, what, advice in _CONNECTION:
        if part in message:
            return f"TRAINER_DATASET={address} cannot be reached: {what}. {advice}."
    found = _find_error(message)
    return (
        f"TRAINER_DATASET={address} cannot be reached: the server says {found!r:.300}. Correct the "
        "address."
        if found
        else f"TRAINER_DATASET={address} cannot be reached. Correct the address."
    )


def explain_query(address: DatabaseAddress, message: str) -> str:
    """Return the sentence for a query that failed with *message*."""
    if _TIMEOUT in message:
        return explain_limit(address)
    if _SEVERAL in message:
        return explain_statements(address)
    if any(part in message for part in _LOST):
        return (
            f"The query of TRAINER_DATASET={address} was cut off, because the server ended the "
            "connection. Try again."
        )
    found = _find_error(message) or _UNKNOWN
    return (
        f"The query of TRAINER_DATASET={address} failed: the server says {found!r:.300}. Correct "
        "TRAINER_QUERY."
    )


def explain_limit(address: DatabaseAddress) -> str:
    """Return the sentence for a query that takes too long."""
    return (
        f"The query of TRAINER_DATASET={address} did not end in time. Make it faster, or set "
        "TRAINER_QUERY_SECONDS to more seconds."
    )


def explain_missing(name: str) -> str:
    """Return the sentence for a database whose packages are not installed."""
    return (
        f"Reading from {name} needs packages that are not installed. Start with DATABASES=true, as "
        "in `make run DATABASES=true`; for containers, put DATABASES=true into .env."
    )


def explain_missing_file(address: DatabaseAddress) -> str:
    """Return the sentence for a file that does not exist."""
    return (
        f"TRAINER_DATASET={address} does not exist: there is no file {address.file.absolute()}. "
        "Correct the path; one from the root has four slashes."
    )


def explain_no_table(address: DatabaseAddress) -> str:
    """Return the sentence for a statement that is not a query."""
    return (
        f"TRAINER_QUERY returns no table of TRAINER_DATASET={address}. Set it to one query that "  # noqa: S608 - text for people
        "only reads, such as select * from customers."
    )


def explain_infinite(column: str) -> str:
    """Return the sentence for a column with dates that no calendar has."""
    return (
        f"Column {column!r:.80} of the query has infinite dates, or years beyond 1 to 9999. "
        "Replace them in the query by null or by other dates."
    )


def explain_no_rows(address: DatabaseAddress) -> str:
    """Return the sentence for a query without rows."""
    return (
        f"The query of TRAINER_DATASET={address} returned no rows. Correct TRAINER_QUERY, or use a "
        "user who may read the rows."
    )


def explain_statements(address: DatabaseAddress) -> str:
    """Return the sentence for several statements."""
    return (
        f"TRAINER_QUERY has several statements for TRAINER_DATASET={address}. Write only one query."
    )


def _find_error(message: str) -> str | None:
    found = _ERROR.search(message)
    return found[1].strip() if found else None

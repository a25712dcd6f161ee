"""The messages of all child processes: what they have in common, and their form as one line."""

import re
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from shared.contract import strict_json
from shared.contract.document import StrictModel
from shared.contract.documents import Descriptor
from shared.errors import DocumentError

BEGUN = b"begun\n"
"""The first line of a child, after it has read its request. Later failures are the model's."""
_PROGRESS = re.compile(rb"done (\d{1,15}) of (\d{1,15})\n")
_Message = TypeVar("_Message")


class LimitedRequest(StrictModel):
    """A request to work within limits."""

    seconds: float
    """Seconds of wall time, which the parent limits; processor time is limited in proportion."""
    memory_mib: int


class HoldoutRequest(LimitedRequest):
    """A request to work on one holdout within limits."""

    holdout_directory: Path
    holdout: Descriptor
    schema_directory: Path
    """The challenger's artefact, whose features and classes the holdout has."""
    schema_digest: str
    metric: str
    costs: dict[str, dict[str, float]] | None = None
    """The costs by true class and predicted class; see GATEKEEPER_COSTS."""

    @property
    def holdout_path(self) -> Path:
        """The file of the rows."""
        return self.holdout_directory / self.holdout.name


def encode_progress(done: int, total: int) -> bytes:
    """Encode how much a child has done, such as predicted rows, as a line before its result."""
    return b"done %d of %d\n" % (done, total)


def decode_progress(line: bytes) -> tuple[int, int] | None:
    """Decode such a line; return None for any other one."""
    found = _PROGRESS.fullmatch(line)
    return (int(found[1]), int(found[2])) if found else None


def encode_message(message: Any) -> bytes:
    """Encode a request or a result as one line for the other process."""
    return TypeAdapter(type(message)).dump_json(message) + b"\n"


def decode_result(kind: type[_Message], line: bytes) -> _Message:
    """Decode the line of a child process, which is not trusted; raise DocumentError."""
    strict_json.decode(line, "The result of the child process")
    try:
        return TypeAdapter(kind).validate_json(line)
    except ValidationError as error:
        raise DocumentError("The result of the child process is malformed.") from error

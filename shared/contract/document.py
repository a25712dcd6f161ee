"""The base class of every document on the volume: how documents are written, read and refused.

Unknown fields are kept, so an older reader can copy the document of a newer writer. An unknown
`format_version` is refused.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
)

from shared.contract import strict_json
from shared.contract.layout import FORMAT_VERSION
from shared.errors import DocumentError, UnsupportedFormatError
from shared.text import shorten, to_printable

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

Positive = Annotated[int, Field(ge=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def _require_usable(time: datetime) -> datetime:
    """Refuse a time that is not a time in UTC: years 1 and 9999 overflow in other time zones."""
    if not _EARLIEST <= time < _LATEST:
        raise ValueError("expected a time from 1970 to 9998")
    return time


Time = Annotated[AwareDatetime, AfterValidator(_require_usable)]
"""A time with an offset, which every time zone and Unix clock can express."""


def is_none(value: object) -> bool:
    """Return whether an optional field has no value, and is left out of the document."""
    return value is None


_LARGE_BYTES = 64 << 10
"""Bytes of a document from which its errors do not quote what they found."""


class StrictModel(BaseModel):
    """A strict, immutable value inside a document."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, allow_inf_nan=False)


class Document(StrictModel):
    """A whole file; its first field is the version of its format."""

    max_values: ClassVar[int] = strict_json.MAX_VALUES
    """The most values of such a document. An error may hold ten copies of all of them."""

    format_version: Positive = FORMAT_VERSION

    def encode(self) -> bytes:
        """Return the canonical bytes of this document."""
        return strict_json.encode(self.model_dump(mode="json"))

    @classmethod
    def decode(cls, data: bytes, source: Path | str) -> Self:
        """Parse one document; errors call it *source*.

        Raises:
            DocumentError: The bytes are not strict JSON, or contradict the schema.
            UnsupportedFormatError: A newer release wrote the document.
        """
        return cls.decode_both(data, source)[0]

    @classmethod
    def decode_both(cls, data: bytes, source: Path | str) -> tuple[Self, dict[str, Any]]:
        """Parse one document as `decode` does. Return it, and its content as plain JSON."""
        content = strict_json.decode(data, source, cls.max_values)
        if not isinstance(content, dict):
            raise DocumentError(f"{source} is not a JSON object.")
        version = content.get("format_version")
        if type(version) is not int or version < 1:
            raise DocumentError(
                f"{source} has no valid format_version. It must be an integer of at least 1."
            )
        if version > FORMAT_VERSION:
            raise UnsupportedFormatError(
                f"{source} has format_version {version}; this release reads up to "
                f"{FORMAT_VERSION}. Update this service."
            )
        try:
            return cls.model_validate_json(data), content
        except ValidationError as error:
            # The error keeps the input once for each wrong field: drop it for large documents.
            if len(data) > _LARGE_BYTES:
                raise DocumentError(f"{source}: {_describe_briefly(error)}") from None
            raise DocumentError(f"{source}: {describe_validation_error(error)}") from error


def describe_validation_error(error: ValidationError) -> str:
    """Return the first error as one sentence that names the field."""
    first = error.errors(include_url=False)[0]
    return f"{_name_field(first)}: {first['msg']} (found {first['input']!r:.80})."


def _describe_briefly(error: ValidationError) -> str:
    """Return the same sentence without what was found, which may take much memory."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{_name_field(first)}: {first['msg']}."


def _name_field(error: "ErrorDetails") -> str:
    field = ".".join(str(part) for part in error["loc"]) or "the document"
    return shorten(to_printable(field), 200)

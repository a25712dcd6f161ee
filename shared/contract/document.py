"""The base class of every document on the volume: how documents are written, read and refused.

Unknown fields are kept, so an older reader can copy the document of a newer writer. An unknown
`format_version` is refused.
"""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.contract import strict_json
from shared.contract.layout import FORMAT_VERSION
from shared.errors import DocumentError, UnsupportedFormatError

Positive = Annotated[int, Field(ge=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


def is_none(value: object) -> bool:
    """Return whether an optional field has no value, and is left out of the document."""
    return value is None


class StrictModel(BaseModel):
    """A strict, immutable value inside a document."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, allow_inf_nan=False)


class Document(StrictModel):
    """A whole file; its first field is the version of its format."""

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
        content = strict_json.decode(data, source)
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
            return cls.model_validate_json(data)
        except ValidationError as error:
            raise DocumentError(f"{source}: {describe_validation_error(error)}") from error


def describe_validation_error(error: ValidationError) -> str:
    """Return the first error as one sentence that names the field."""
    first = error.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"]) or "the document"
    return f"{field}: {first['msg']} (found {first['input']!r:.80})."

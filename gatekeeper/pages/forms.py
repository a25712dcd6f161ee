"""Read a form of the pages: few fields of limited size, one of them the token."""

from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qs

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from gatekeeper.api.bearer_token import TokenFile
from gatekeeper.api.request_body import read_limited

_MOST_FIELDS = 8
_Body = TypeVar("_Body", bound=BaseModel)


@dataclass(frozen=True)
class Form:
    """The fields of a form; each field once."""

    fields: dict[str, str]

    def require_token(self, token: TokenFile) -> None:
        """Raise 403 for a wrong token, TokenError if the gatekeeper's token cannot be read."""
        if not token.matches(self.fields.get("token", "").strip()):
            raise HTTPException(
                403,
                "The token is wrong. The token is in the file `token` of the store, or in the file "
                "named by GATEKEEPER_TOKEN_FILE.",
            )

    def read(self, kind: type[_Body]) -> _Body:
        """Read the fields of *kind*; raise 422 if a value is not valid."""
        given = {name: self.fields[name] for name in kind.model_fields if name in self.fields}
        try:
            return kind.model_validate_strings(given, strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(map(str, first["loc"]))
            raise HTTPException(422, f"{field}: {first['msg']}.") from error


async def read_form(request: Request) -> Form:
    """Read the body as a form; raise 413 if it is too large, 422 if it is not a form."""
    data = await read_limited(request)
    try:
        fields = parse_qs(
            data.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(data),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError as error:  # UnicodeDecodeError is one
        raise HTTPException(422, "The body is not a form.") from error
    return Form({name: values[0] for name, values in fields.items()})

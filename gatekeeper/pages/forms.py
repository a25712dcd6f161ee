"""Reading a form of the pages: few fields of bounded size, one of them the token."""

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
    """What was filled in; each field once."""

    fields: dict[str, str]

    def require_token(self, token: TokenFile) -> None:
        """403 for another than the gatekeeper's; raises TokenError where there is none."""
        if not token.matches(self.fields.get("token", "").strip()):
            raise HTTPException(
                403,
                "This is not the token. It stands in the file `token` of the store, or in the one "
                "that GATEKEEPER_TOKEN_FILE names.",
            )

    def read(self, kind: type[_Body]) -> _Body:
        """The fields that *kind* has; 422 with a sentence where they are not as they should be."""
        given = {name: self.fields[name] for name in kind.model_fields if name in self.fields}
        try:
            return kind.model_validate_strings(given, strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise HTTPException(422, f"{place}: {first['msg']}.") from error


async def read_form(request: Request) -> Form:
    """The request's body as a form; 413 and 422 for what is none."""
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

"""Read a form of the pages: few fields of limited size, one of them the token."""

from typing import TypeVar
from urllib.parse import parse_qs

from fastapi import Request
from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException

from gatekeeper.api.request_body import read_limited
from gatekeeper.api.token_gate import TokenGate, refuse_other_sites

_MOST_FIELDS = 8
_HOW = "It is in the file `token` of the store, or in the file named by GATEKEEPER_TOKEN_FILE."
_Body = TypeVar("_Body", bound=BaseModel)


async def read_form(request: Request, tokens: TokenGate, kind: type[_Body]) -> _Body:
    """Read the fields of *kind* from the body, a form with the right token.

    Raises:
        HTTPException: 413 for a large body, 422 for wrong fields, 403 for a wrong token or a form
            of another site.
        TokenError: the gatekeeper's token cannot be read.
    """
    refuse_other_sites(request)
    fields = _parse(await read_limited(request))
    await tokens.require(request, fields.get("token", "").strip(), _HOW)
    given = {name: fields[name] for name in kind.model_fields if name in fields}
    try:
        return kind.model_validate_strings(given, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise HTTPException(422, f"{field}: {first['msg']}.") from error


def _parse(data: bytes) -> dict[str, str]:
    """Return the fields of a form, each with its first value."""
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
    return {name: values[0] for name, values in fields.items()}

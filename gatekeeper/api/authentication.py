"""Who may change what is in production: whoever presents the token."""

import logging
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from gatekeeper.api.bearer_token import TokenFile
from shared.errors import TokenError

logger = logging.getLogger(__name__)

_bearer = HTTPBearer(
    auto_error=False,
    description="The content of GATEKEEPER_TOKEN_FILE, or of the file `token` in the store.",
)
_HOW = "Send `Authorization: Bearer <token>` with the gatekeeper's token."


def require_token(
    request: Request, presented: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    """401 without a token, 403 with another than the gatekeeper's."""
    if presented is None:
        raise HTTPException(
            401, f"This needs a token. {_HOW}", headers={"WWW-Authenticate": "Bearer"}
        )
    token: TokenFile = request.app.state.service.token
    try:
        is_right = token.matches(presented.credentials)
    except TokenError as error:
        logger.error("Nobody can be let in: %s", error)  # noqa: TRY400 - the sentence says it all
        raise
    if not is_right:
        raise HTTPException(403, f"This is not the token. {_HOW}")

"""`python -m gatekeeper.client`: ask a running gatekeeper, or tell it, from the command line."""

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any, get_args

import httpx

from gatekeeper import client_output as output
from gatekeeper.api.bearer_token import TokenFile
from gatekeeper.settings import GatekeeperSettings
from shared.contract.documents import Outcome
from shared.contract.layout import StoreLayout
from shared.errors import ModelgateError, SettingsError, TokenError
from shared.http.listening import client_url
from shared.settings import CommonSettings, load_settings

TIMEOUT_SECONDS = 30.0


class ClientError(ModelgateError):
    """The gatekeeper did not do what was asked; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 2 for settings that are wrong, 1 for any other failure."""
    parsed = _parser().parse_args(arguments)
    try:
        settings = load_settings(GatekeeperSettings)
        url = parsed.url or client_url(settings.host, settings.port)
        with httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            answer = _ask(client, parsed, settings)
    except ModelgateError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1
    print(json.dumps(answer, indent=2) if parsed.json else output.SHOW[parsed.command](answer))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m gatekeeper.client", description=__doc__)
    parser.add_argument("--url", help="where the gatekeeper listens, if not as its settings say")
    parser.add_argument("--json", action="store_true", help="print JSON, for programs")
    commands = parser.add_subparsers(dest="command", required=True)
    registry = commands.add_parser("registry", help="what is in production")
    registry.add_argument("--at", help="what was then: ISO 8601, such as 2026-01-31T12:00:00Z")
    commands.add_parser("versions", help="every version that was in production")
    history = commands.add_parser("history", help="the decision log, newest last")
    history.add_argument("--outcome", choices=get_args(Outcome))
    history.add_argument("--limit", type=int, default=50, help="the newest so many (50)")
    decision = commands.add_parser("decision", help="one decision, with every check")
    decision.add_argument("number", type=int)
    commands.add_parser("candidates", help="all candidates on the store")
    candidate = commands.add_parser("candidate", help="what one candidate claims")
    candidate.add_argument("candidate_id")
    commands.add_parser("status", help="what the predictor's workers serve")
    rollback = commands.add_parser("rollback", help="go back to the model of an earlier version")
    rollback.add_argument("version", type=int)
    for name, what in (("approve", "promote"), ("reject", "refuse")):
        answer = commands.add_parser(name, help=f"{what} a candidate that waits for a person")
        answer.add_argument("candidate_id")
        answer.add_argument("reason", help="one line, which stays in the decision log")
    return parser


def _ask(client: httpx.Client, asked: argparse.Namespace, settings: GatekeeperSettings) -> Any:
    if asked.command in {"rollback", "approve", "reject"}:
        headers = {"Authorization": f"Bearer {_token(settings)}"}
        path, body = _change(asked)
        return _call(client, "POST", path, json=body, headers=headers)
    path, parameters = _question(asked)
    given = {name: value for name, value in parameters.items() if value is not None}
    return _call(client, "GET", path, params=given)


def _change(asked: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """Path and body of a command that changes something."""
    if asked.command == "rollback":
        return "/registry/rollback", {"version": asked.version}
    return f"/candidates/{asked.candidate_id}/{asked.command}", {"reason": asked.reason}


def _question(asked: argparse.Namespace) -> tuple[str, dict[str, Any]]:
    """Path and parameters of a command that only asks."""
    match asked.command:
        case "registry":
            return "/registry", {"at": asked.at}
        case "history":
            return "/decisions", {"outcome": asked.outcome, "limit": asked.limit}
        case "decision":
            return f"/decisions/{asked.number}", {}
        case "candidate":
            return f"/candidates/{asked.candidate_id}", {}
        case command:
            paths = {"versions": "/registry/history", "candidates": "/candidates"}
            return paths.get(command, "/fleet"), {}


def _token(settings: GatekeeperSettings) -> str:
    if settings.token_file:
        return TokenFile(settings.token_file).read()
    path = StoreLayout(load_settings(CommonSettings).store_dir).token
    try:
        return TokenFile(path).read()
    except TokenError as error:
        raise ClientError(
            f"{error} Set STORE_DIR to the gatekeeper's store, or GATEKEEPER_TOKEN_FILE."
        ) from error


def _call(client: httpx.Client, method: str, path: str, **options: Any) -> Any:
    """The answer's JSON; raises ClientError with a sentence for whatever is not a success."""
    try:
        response = client.request(method, path, **options)
    except httpx.TransportError as error:
        raise ClientError(
            f"The gatekeeper does not answer at {client.base_url}: {error}. "
            "Start it with `make run`, or say where it is by GATEKEEPER_HOST and GATEKEEPER_PORT."
        ) from error
    except httpx.InvalidURL as error:
        raise ClientError(f"{client.base_url} is no URL: {error}.") from error
    try:
        answer = response.json()
        if response.is_success:
            return answer
        message = f"{answer['error']['message']}"
    except (ValueError, KeyError, TypeError) as error:
        raise ClientError(
            f"What listens at {client.base_url} is not a gatekeeper: "
            f"it answered {response.status_code} to {method} {path}."
        ) from error
    raise ClientError(f"{message} (HTTP {response.status_code})")


if __name__ == "__main__":
    sys.exit(main())

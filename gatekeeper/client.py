"""`python -m gatekeeper.client`: show and change what is in production, from the command line."""

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
from shared.errors import ClientError, ModelgateError, SettingsError, TokenError
from shared.http.listening import client_url
from shared.settings import CommonSettings, load_settings

TIMEOUT_SECONDS = 30.0
QUERIES = {
    "registry": "/registry",
    "versions": "/registry/history",
    "history": "/decisions",
    "decision": "/decisions/{number}",
    "candidates": "/candidates",
    "candidate": "/candidates/{candidate_id}",
    "status": "/fleet",
}
"""The path of each command that changes nothing."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 2 for wrong settings, 1 for any other failure."""
    parsed = _parser().parse_args(arguments)
    try:
        settings = load_settings(GatekeeperSettings)
        url = parsed.url or client_url(settings.host, settings.port)
        with httpx.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False) as client:
            answer = _send(client, parsed, settings)
    except ModelgateError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1
    print(json.dumps(answer, indent=2) if parsed.json else output.SHOW[parsed.command](answer))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gatekeeper.client",
        description="Show and change what is in production. "
        "Changes need the token, in STORE_DIR or GATEKEEPER_TOKEN_FILE.",
    )
    parser.add_argument(
        "--url", help="URL of the gatekeeper (default: GATEKEEPER_HOST and GATEKEEPER_PORT)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON for programs")
    commands = parser.add_subparsers(dest="command", required=True)
    registry = commands.add_parser("registry", help="show what is in production")
    registry.add_argument("--at", help="show the registry at this time (ISO 8601)")
    commands.add_parser("versions", help="list every version that is or was in production")
    history = commands.add_parser("history", help="show the decision log, newest last")
    history.add_argument(
        "--outcome", choices=get_args(Outcome), help="show only decisions with this outcome"
    )
    history.add_argument(
        "--limit", type=int, default=50, help="number of decisions to show (default: 50)"
    )
    decision = commands.add_parser("decision", help="show one decision with all its checks")
    decision.add_argument("number", type=int, help="number of the decision")
    commands.add_parser("candidates", help="list all candidates in the store")
    candidate = commands.add_parser("candidate", help="show the manifest of one candidate")
    candidate.add_argument("candidate_id", help="id of the candidate, see `candidates`")
    commands.add_parser("status", help="show what the predictor's workers serve")
    rollback = commands.add_parser("rollback", help="put an earlier model into production again")
    rollback.add_argument("version", type=int, help="version of the model, see `versions`")
    rollback.add_argument("reason", nargs="?", help="one line, recorded in the decision log")
    rollback.add_argument("--by", help="your name, recorded in the decision log")
    for name, effect in (("approve", "promote"), ("reject", "refuse")):
        change = commands.add_parser(name, help=f"{effect} a candidate that awaits approval")
        change.add_argument("candidate_id", help="id of the candidate, see `candidates`")
        change.add_argument("reason", help="one line, recorded in the decision log")
        change.add_argument("--by", help="your name, recorded in the decision log")
    return parser


def _send(client: httpx.Client, parsed: argparse.Namespace, settings: GatekeeperSettings) -> Any:
    """Send the command's request and return the JSON of the response."""
    if parsed.command in QUERIES:
        path = QUERIES[parsed.command].format_map(vars(parsed))
        names = ("at", "outcome", "limit")
        given = {name: vars(parsed).get(name) for name in names}
        parameters = {name: value for name, value in given.items() if value is not None}
        return _call(client, "GET", path, params=parameters)
    headers = {"Authorization": f"Bearer {_token(settings)}"}
    words = {"reason": parsed.reason, "by": parsed.by}
    body = {name: value for name, value in words.items() if value}
    if parsed.command == "rollback":
        body["version"] = parsed.version
        return _call(client, "POST", "/registry/rollback", json=body, headers=headers)
    path = f"/candidates/{parsed.candidate_id}/{parsed.command}"
    return _call(client, "POST", path, json=body, headers=headers)


def _token(settings: GatekeeperSettings) -> str:
    if settings.token_file:
        return TokenFile(settings.token_file).read()
    path = StoreLayout(load_settings(CommonSettings).store_dir).token
    try:
        return TokenFile(path).read()
    except TokenError as error:
        raise ClientError(
            f"{error} Set STORE_DIR to the gatekeeper's store, or set GATEKEEPER_TOKEN_FILE."
        ) from error


def _call(client: httpx.Client, method: str, path: str, **options: Any) -> Any:
    """Send a request and return the JSON of the response; raises ClientError on any failure."""
    try:
        response = client.request(method, path, **options)
    except httpx.TransportError as error:
        raise ClientError(
            f"The gatekeeper does not answer at {client.base_url}: {error}. "
            "Start it with `make run`, or set GATEKEEPER_HOST and GATEKEEPER_PORT to its address."
        ) from error
    except httpx.InvalidURL as error:
        raise ClientError(f"{client.base_url} is not a valid URL: {error}.") from error
    try:
        answer = response.json()
        if response.is_success:
            return answer
        message = f"{answer['error']['message']}"
    except (ValueError, KeyError, TypeError) as error:
        raise ClientError(
            f"The server at {client.base_url} is not a gatekeeper: "
            f"it responded {response.status_code} to {method} {path}."
        ) from error
    raise ClientError(f"{message} (HTTP {response.status_code})")


if __name__ == "__main__":
    sys.exit(main())

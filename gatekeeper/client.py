"""`python -m gatekeeper.client`: show and change what is in production, from the command line."""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, get_args

import httpx

from gatekeeper import client_output as output
from gatekeeper.api.bearer_token import TokenFile
from gatekeeper.client_feedback import send_file, show_feedback
from gatekeeper.history_export import FORMATS, export_history
from gatekeeper.settings import GatekeeperSettings
from gatekeeper.standard_output import write_to_standard_output
from gatekeeper.training_text import show_trainings
from gatekeeper.webhook_text import show_webhooks
from shared.access.client_context import any_service_context, own_service_context
from shared.contract.documents import Outcome
from shared.contract.layout import StoreLayout
from shared.errors import ClientError, ModelgateError, SettingsError, TokenError
from shared.http.listening import client_url
from shared.settings import CommonSettings, load_settings
from shared.text import make_printable, to_printable

TIMEOUT_SECONDS = 30.0
JUDGING_SECONDS = 6.0
"""Seconds for which `status` waits until the gatekeeper knows which workers are alive."""
_PAUSE_SECONDS = 0.5
_SHOWN_DECISIONS = 50
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
_WITH_LABEL_RULES = ("registry", "history", "status")
"""The commands that show facts about labels, which their own response does not have."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 2 for wrong settings, 1 for any other failure."""
    parsed = _parser().parse_args(arguments)
    try:
        settings = load_settings(GatekeeperSettings)
        if parsed.url:
            url, trust = parsed.url, any_service_context(parsed.url)
        else:
            has_tls = settings.tls_cert is not None
            url = client_url(settings.host, settings.port, has_tls=has_tls)
            trust = own_service_context(settings.tls_cert)
        with httpx.Client(
            base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False, verify=trust
        ) as client:
            if parsed.command == "history" and parsed.format:
                read = partial(_call, client, "GET", QUERIES["history"])
                text = export_history(read, parsed.format, parsed.outcome, parsed.limit)
                write_to_standard_output(text, "The history")
                return 0
            answer = _send(client, parsed, settings)
            if parsed.command == "status":
                answer = _wait_until_judged(client, answer)
            text = _show(client, parsed, answer)
    except ModelgateError as error:
        print(f"error: {to_printable(error)}", file=sys.stderr)
        return 2 if isinstance(error, SettingsError) else 1
    print(text)
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
        "--limit", type=int, help="number of decisions to show (default: 50, or all with --format)"
    )
    history.add_argument(
        "--format", choices=FORMATS, help="write a table to take away, with stable columns"
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
    feedback = commands.add_parser("feedback", help="send what turned out to be true")
    feedback.add_argument("file", help="table of labels, .csv or .json; - is standard input")
    feedback.add_argument("--format", choices=("csv", "json"), help="format of standard input")
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
        if parsed.command == "history":
            parsed.limit = _SHOWN_DECISIONS if parsed.limit is None else parsed.limit
        names = ("at", "outcome", "limit")
        given = {name: vars(parsed).get(name) for name in names}
        parameters = {name: value for name, value in given.items() if value is not None}
        return _call(client, "GET", path, params=parameters)
    headers = {"Authorization": f"Bearer {_token(settings)}"}
    if parsed.command == "feedback":
        return send_file(
            parsed.file,
            parsed.format,
            lambda body, media_type: _call(
                *(client, "POST", "/feedback"),
                content=body,
                headers={**headers, "Content-Type": media_type},
            ),
        )
    words = {"reason": parsed.reason, "by": parsed.by}
    body = {name: value for name, value in words.items() if value}
    if parsed.command == "rollback":
        body["version"] = parsed.version
        return _call(client, "POST", "/registry/rollback", json=body, headers=headers)
    path = f"/candidates/{parsed.candidate_id}/{parsed.command}"
    return _call(client, "POST", path, json=body, headers=headers)


def _wait_until_judged(client: httpx.Client, fleet: Any) -> Any:
    """Ask again until every worker is judged: one look cannot show whether a heartbeat changes."""
    until = time.monotonic() + JUDGING_SECONDS
    while _has_unjudged(fleet) and time.monotonic() < until:
        time.sleep(_PAUSE_SECONDS)
        fleet = _call(client, "GET", QUERIES["status"])
    return fleet


def _has_unjudged(fleet: Any) -> bool:
    # A gatekeeper of an older release compares clocks, and judges each worker at once.
    return any(not worker.get("judged", True) for worker in fleet["workers"])


def _show(client: httpx.Client, parsed: argparse.Namespace, answer: Any) -> str:
    if parsed.json:
        return json.dumps(answer, indent=2)
    if parsed.command in _WITH_LABEL_RULES:
        answer |= _find_label_rules(client)
    answer = make_printable(answer)
    if parsed.command == "feedback":
        return show_feedback(answer)
    text = output.SHOW[parsed.command](answer)
    if parsed.command == "status":
        webhooks = show_webhooks(answer.get("webhooks", []))  # none by an older release
        trainings = make_printable(_find_trainings(client))
        shown = (text, webhooks, show_trainings(trainings) if trainings else "")
        return "\n\n".join(filter(None, shown))
    if parsed.command == "history" and answer["decisions"]:
        # The log does not show whether workers serve the version in production.
        fleet = make_printable(_call(client, "GET", "/fleet"))
        note = output.show_quarantine(fleet).strip()
        return f"{text}\n\n{note}" if note else text
    return text


def _find_label_rules(client: httpx.Client) -> dict[str, dict[int, str]]:
    """Return the thresholds and positive classes of the versions that have one, in words."""
    thresholds, classes = {}, {}
    for each in _call(client, "GET", QUERIES["versions"])["versions"]:
        version = each["registry"]["version"]
        if threshold := each.get("threshold"):
            thresholds[version] = output.describe_threshold(threshold)
        if positive := each.get("positive_class"):
            classes[version] = positive
    return {"thresholds": thresholds, "positive_classes": classes}


def _find_trainings(client: httpx.Client) -> Any:
    """Return what is known about trainings; None for a gatekeeper of an older release."""
    try:
        return _call(client, "GET", "/training")
    except ClientError:
        return None


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

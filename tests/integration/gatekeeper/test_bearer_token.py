"""Changes need the token, which can be replaced at any time. No secret is shown anywhere."""

import ast
import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gatekeeper.api.bearer_token import TokenFile
from shared.errors import TokenError
from shared.store.store import ModelStore
from tests.support.http import plain_http
from tests.support.models.toy import toy_model
from tests.support.processes.unprivileged_user import NOBODY, as_another_user
from tests.support.project import ROOT
from tests.support.stores.builders import promote, toy_candidate
from tests.support.stores.gatekeeping import Running, outcomes, running_gatekeeper
from tests.support.stores.signing import Keys

ASKED = (
    *("/", "/page/decisions", "/page/decisions/3", "/page/rollback/1", "/page/fleet"),
    *("/registry", "/registry/history", "/decisions", "/candidates", "/fleet", "/metrics"),
    *("/live", "/live.json"),
    *("/livez", "/readyz", "/openapi.json", "/docs"),
)


@pytest.fixture
def gatekeeper(store: ModelStore, tmp_path: Path, keys: Keys) -> Iterator[Running]:
    """Start a gatekeeper that logs everything, signs, and has two versions."""
    for bias in (0.0, 1.0):
        promote(store, toy_model(bias=bias))
    settings = keys.settings("gatekeeper")
    root, log = store.layout.root, tmp_path / "log"
    with running_gatekeeper(root, log, LOG_LEVEL="DEBUG", **settings) as running:
        yield running


def roll_back(running: Running, version: int, **sent: Any) -> int:
    """Ask for an earlier version; return the status."""
    body = {"json": {"version": version}, **sent}
    return plain_http.post(f"{running.url}/registry/rollback", **body).status_code


def bearing(token: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {token}"}}


def test_the_token_is_accepted_only_as_a_bearer_token(
    gatekeeper: Running, store: ModelStore
) -> None:
    token = TokenFile(store.layout.token).read()
    basic = base64.b64encode(f"modelgate:{token}".encode()).decode()
    elsewhere: list[dict[str, object]] = [
        {},
        {"params": {"token": token}},
        {"params": {"access_token": token}},
        {"headers": {"Cookie": f"token={token}", "X-Token": token}},
        {"headers": {"Authorization": token}},
        {"headers": {"Authorization": f"Basic {basic}"}},
        {"json": {"version": 1, "token": token}},
    ]
    assert [roll_back(gatekeeper, 1, **sent) for sent in elsewhere] == [401] * len(elsewhere)
    wrong = (token[:-1], token + "x", token.swapcase(), "é", "x" * 8000)
    tried = [
        roll_back(gatekeeper, 1, headers={"Authorization": f"Bearer {each}".encode("latin-1")})
        for each in wrong
    ]
    assert tried == [403] * len(wrong)
    assert outcomes(store) == ["promoted"] * 2
    assert roll_back(gatekeeper, 1, **bearing(token)) == 200


def test_a_replaced_token_is_valid_at_once(gatekeeper: Running, store: ModelStore) -> None:
    path = store.layout.token
    old = TokenFile(path).read()
    new = path.with_name(".new")
    new.write_text("another-token-of-30-characters\n")
    new.chmod(0o600)
    new.replace(path)
    assert roll_back(gatekeeper, 1, **bearing(old)) == 403
    assert roll_back(gatekeeper, 1, **bearing("another-token-of-30-characters")) == 200
    path.chmod(0o644)
    assert roll_back(gatekeeper, 2, **bearing("another-token-of-30-characters")) == 503, (
        "everybody knows it now"
    )
    path.unlink()
    assert roll_back(gatekeeper, 2, **bearing("another-token-of-30-characters")) == 503
    path.write_text("")
    path.chmod(0o600)
    assert roll_back(gatekeeper, 2, **bearing("x")) == 503
    assert outcomes(store)[2:] == ["rolled_back"]


def test_a_token_of_another_user_is_not_read(
    tmp_path: Path, open_to_all: Callable[[Path], None]
) -> None:
    path = tmp_path / "token"
    path.write_text("s3cret")
    path.chmod(0o600)
    open_to_all(tmp_path)

    def read() -> None:
        with pytest.raises(TokenError, match="cannot be read: Permission denied"):
            TokenFile(path).read()

    as_another_user(read, NOBODY)


def test_no_secret_is_shown_anywhere(
    gatekeeper: Running, store: ModelStore, keys: Keys, tmp_path: Path
) -> None:
    token, mistaken = TokenFile(store.layout.token).read(), "an-almost-right-token"
    weak = toy_candidate(claimed=0.5)
    weak.publish(store)
    shown = []
    for each in (mistaken, token):
        roll_back(gatekeeper, 7, params={"token": each}, **bearing(each))
        for form in ({"version": "7"}, {"version": "one"}, {"version": "1", "x": each}):
            answer = plain_http.post(
                f"{gatekeeper.url}/page/rollback", data={**form, "token": each}
            )
            shown.append((answer.text + str(answer.headers)).encode())
        plain_http.post(f"{gatekeeper.url}/candidates/none/approve", **bearing(each))
        plain_http.post(f"{gatekeeper.url}/registry/rollback", content=b"{", **bearing(each))
    assert "rolled_back" in outcomes(store), "the right token was of no use"
    for path in (*ASKED, f"/page/candidates/{weak.manifest.candidate_id}"):
        answer = plain_http.get(f"{gatekeeper.url}{path}")
        assert answer.status_code == 200, path
        shown.append(answer.content)
    gatekeeper.stop()
    files = [path for path in store.layout.root.rglob("*") if path.is_file()]
    shown += [path.read_bytes() for path in files if path != store.layout.token]
    shown.append(gatekeeper.log_file.read_bytes())
    private = (keys.directory / "gatekeeper.pem").read_text().splitlines()[1]
    for secret in (token, mistaken, private):
        assert len(secret) > 16
        assert not any(secret.encode() in each for each in shown), secret


def test_secrets_are_compared_in_constant_time() -> None:
    """No `==` on what was presented: it ends at the first byte that differs."""
    tree = ast.parse((ROOT / "gatekeeper" / "api" / "bearer_token.py").read_text())
    matches = next(
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name == "matches"
    )
    assert not [node for node in ast.walk(matches) if isinstance(node, ast.Compare)]
    assert "hmac.compare_digest(" in ast.unparse(matches)
    for path in (ROOT / "gatekeeper").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Compare):
                compared = ast.unparse(node)
                assert "credentials" not in compared, f"{path}: {compared}"
                assert ".token" not in compared.replace("is None", ""), f"{path}: {compared}"

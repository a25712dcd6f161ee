"""Origins are exactly what a browser sends, and only theirs are allowed."""

import pytest

from predictor.settings import PredictorSettings
from shared.errors import SettingsError
from shared.http.front.cross_origins import CrossOrigins
from shared.settings import load_settings

VARIABLE = "PREDICTOR_CORS_ORIGINS"
APP = "https://app.example.com"


def refusal(text: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, text)
        with pytest.raises(SettingsError) as caught:
            load_settings(PredictorSettings)
    return str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "*",
        " * ",
        APP,
        f"{APP},http://localhost:3000",
        f" {APP} , http://127.0.0.1:8080, ",
        "http://[::1]:5173",
        "https://xn--grn-hoa.example",
        "http://app.example.com:443",
        "capacitor://localhost",
        "chrome-extension://abcdefghijklmnop",
    ],
)
def test_origins_that_a_browser_sends_are_accepted(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, text)
    assert load_settings(PredictorSettings).cors_origins == text


@pytest.mark.parametrize(
    ("text", "found", "likely"),
    [
        (f"{APP}/", f"{APP}/", APP),
        (f"{APP}/page?x#y", f"{APP}/page?x#y", APP),
        (f"{APP}:443", f"{APP}:443", APP),
        ("http://a.example:80", "http://a.example:80", "http://a.example"),
        ("HTTPS://App.Example.com", "HTTPS://App.Example.com", APP),
        (f"http://a.example,{APP}/", f"{APP}/", APP),
        ("app.example.com", "app.example.com", APP),
        ("app.example.com:8080", "app.example.com:8080", f"{APP}:8080"),
        ("null", "null", None),
        ("localhost", "localhost", None),
        ("https://*.example.com", "https://*.example.com", None),
        ("https://ada:secret@app.example.com", "https://ada:secret@app.example.com", None),
        ("https://größe.example", "https://größe.example", None),
        ("https://a.example:0", "https://a.example:0", None),
        ("https://a.example:65536", "https://a.example:65536", None),
        ("https://a.example https://b.example", "https://a.example https://b.example", None),
        ("https://", "https://", None),
        ("https://a.example\r\nx-evil: 1", "https://a.example\r\nx-evil: 1", None),
        ('["https://a.example"]', '["https://a.example"]', None),
        (",", ",", None),
    ],
)
def test_any_other_text_is_refused_in_one_sentence(
    text: str, found: str, likely: str | None
) -> None:
    message = refusal(text)
    start = f"The setting {VARIABLE} is malformed: expected * or origins such as {APP} ("
    assert message.startswith(start)
    ending = f"; did you mean {likely}?" if likely else "."
    assert message.endswith(f"found {found!r:.80}{ending}")


def test_every_origin_and_one_of_them_contradict_each_other() -> None:
    assert refusal(f"{APP},*") == (
        f"The setting {VARIABLE} is malformed: * allows every origin, so expected nothing beside "
        f"it, found '{APP},*'."
    )


def test_nothing_is_allowed_without_an_origin() -> None:
    assert CrossOrigins.parse("") is CrossOrigins.parse(" , ") is None


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"origin", b"https://app.example.com.evil.example")],
        [(b"origin", b"http://app.example.com")],
        [(b"origin", b"https://app.example.com:8443")],
        [(b"origin", b"null")],
        [(b"origin", b"*")],
        [(b"origin", APP.encode()), (b"origin", APP.encode())],
        [(b"referer", APP.encode())],
    ],
)
def test_only_an_exact_origin_gets_headers(headers: list[tuple[bytes, bytes]]) -> None:
    origins = CrossOrigins([APP])
    assert origins.find(headers) == ()
    found = dict(origins.find([(b"Origin", APP.encode())]))
    assert found[b"access-control-allow-origin"] == APP.encode()
    assert b"x-model-version" in found[b"access-control-expose-headers"]
    assert origins.every_response == [("vary", "Origin")]


def test_no_response_allows_the_credentials_of_a_browser() -> None:
    for origins in (CrossOrigins(["*"]), CrossOrigins([APP])):
        names = {name.decode() for name, _ in origins.allow_preflight(APP.encode())}
        names |= {name.decode() for name, _ in origins.find([(b"origin", APP.encode())])}
        names |= {name for name, _ in origins.every_response}
        assert "access-control-allow-origin" in names
        assert "access-control-allow-credentials" not in names

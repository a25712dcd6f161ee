"""A root path is a plain path that no path of the service resembles."""

from collections.abc import Sequence
from typing import Any

import pytest

from gatekeeper.app import create_app as create_gatekeeper
from gatekeeper.settings import OWN_PATHS as GATEKEEPER_PATHS
from gatekeeper.settings import GatekeeperSettings
from predictor.app import create_app as create_predictor
from predictor.settings import OWN_PATHS as PREDICTOR_PATHS
from predictor.settings import PredictorSettings
from shared.contract.layout import CANDIDATES, DECISIONS, MODELS, SERVING
from shared.errors import SettingsError
from shared.settings import CommonSettings, load_settings
from shared.store.store import open_for_writing

SERVICES = pytest.mark.parametrize(
    ("prefix", "settings"),
    [("PREDICTOR_", PredictorSettings), ("GATEKEEPER_", GatekeeperSettings)],
)
Settings = type[PredictorSettings] | type[GatekeeperSettings]


def refusal(prefix: str, settings: Settings, text: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(f"{prefix}ROOT_PATH", text)
        with pytest.raises(SettingsError) as caught:
            load_settings(settings)
    return str(caught.value)


@SERVICES
@pytest.mark.parametrize(
    "text", ["", "/a", "/ml/churn", "/ml/churn.v2/~ada/x_y-z", "/predictions", "/" + "a" * 255]
)
def test_a_path_of_plain_parts_is_accepted(
    prefix: str, settings: Settings, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{prefix}ROOT_PATH", text)
    assert load_settings(settings).root_path == text


@SERVICES
@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("ml", "/ml"),
        ("/ml/", "/ml"),
        ("//ml", "/ml"),
        ("/ml//churn", "/ml/churn"),
        (" /ml", "/ml"),
        ("/ml\n", "/ml"),
        ("/ml?x=1", "/ml"),
        ("/ml#top", "/ml"),
        ("https://models.example.com/ml/churn/", "/ml/churn"),
        ("/", None),
        ("/../ml", None),
        ("/ml/./churn", None),
        ("/m\tl", None),
        ("/m\x01l", None),
        ("/ml%2fchurn", None),
        ("/m l", None),
        ("/größe", None),
        ("\\ml", None),
        ("/<script>", None),
        ("/{{ 7 * 7 }}", None),
        ("/" + "a" * 256, None),
    ],
)
def test_any_other_text_is_refused_in_one_sentence(
    prefix: str, settings: Settings, text: str, likely: str | None
) -> None:
    message = refusal(prefix, settings, text)
    start = f"The setting {prefix}ROOT_PATH is malformed: expected a path such as /ml/churn, "
    assert message.startswith(start)
    assert repr(text)[:80] in message
    hint = f"; did you mean {prefix}ROOT_PATH={likely}?"
    assert message.endswith(hint) if likely else message.endswith(".")
    assert "\n" not in message


@SERVICES
@pytest.mark.parametrize("text", ["/docs", "/page/x", "/livez/deep", "/metrics"])
def test_a_path_like_one_of_the_service_is_refused(
    prefix: str, settings: Settings, text: str
) -> None:
    first = text.split("/")[1]
    assert refusal(prefix, settings, text) == (
        f"The setting {prefix}ROOT_PATH begins with /{first}, which is a path of the service "
        f"itself; begin it with another name, such as /ml{text}."
    )


def first_parts(routes: Sequence[Any]) -> set[str]:
    """Return the first part of each path, also of the routes in routers."""
    parts = set[str]()
    for route in routes:
        router = getattr(route, "original_router", None)
        parts |= first_parts(router.routes) if router else {route.path.split("/")[1]}
    return parts - {""}


@pytest.fixture
def common(tmp_path_factory: pytest.TempPathFactory) -> CommonSettings:
    root = tmp_path_factory.mktemp("paths") / "store"
    open_for_writing(root, CANDIDATES, MODELS, DECISIONS, SERVING)
    return CommonSettings(store_dir=root)


def test_the_own_paths_are_those_of_the_routes(common: CommonSettings) -> None:
    predictor = create_predictor(PredictorSettings(), common).app
    assert first_parts(predictor.routes) == PREDICTOR_PATHS
    gatekeeper = create_gatekeeper(GatekeeperSettings(), common)
    assert first_parts(gatekeeper.routes) == GATEKEEPER_PATHS

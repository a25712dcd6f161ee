"""A page of another origin calls the predictor from a browser, as docs/proxies.md shows."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page

from predictor.http.api_keys import make_key
from shared.store.store import ModelStore
from tests.support.http.fake_server import FakeService, fake_server
from tests.support.models.toy import toy_model
from tests.support.processes.predictor import PredictorProcess, running_predictor
from tests.support.processes.wait_until import PATIENCE_SECONDS
from tests.support.project import ROOT
from tests.support.stores.builders import promote

SHOWN = re.findall(r"```js\n(.*?)```", (ROOT / "docs" / "proxies.md").read_text(), re.DOTALL)[0]
ADDRESS = "https://models.example.com/ml/churn"
INFER = """async ([url, key]) => {
  const json = new TextEncoder().encode(JSON.stringify({ inputs: [{ name: "features",
    datatype: "FP64", shape: [1, 2], parameters: { binary_data_size: 16 } }],
    outputs: [{ name: "label", parameters: { binary_data: true } }] }));
  const body = new Blob([json, new Float64Array([1, 2])]);
  const headers = { "Content-Type": "application/octet-stream", "Authorization": `Bearer ${key}`,
    "Inference-Header-Content-Length": `${json.length}`, "X-Request-Id": "17",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
  const response = await fetch(`${url}/v2/models/toy/infer`, { method: "POST", headers, body });
  const names = ["inference-header-content-length", "traceparent"];
  return [response.status, ...names.map(name => response.headers.get(name))];
}"""


class _Site(FakeService):
    """A site whose every page is empty."""

    def answer(self) -> None:
        self.reply(200)


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    with fake_server(_Site) as port:
        yield port


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open no page of `open_page`: a refused request is an error in the log of the browser."""
    opened = browser.new_page()
    opened.set_default_timeout(1000 * PATIENCE_SECONDS)
    yield opened
    opened.close()


@contextmanager
def served(store: ModelStore, tmp_path: Path, **settings: object) -> Iterator[PredictorProcess]:
    promote(store, toy_model())
    with running_predictor(store, tmp_path / "log", **settings) as predictor:
        predictor.wait_until_ready()
        yield predictor


def send(page: Page, url: str, body: str = '{"features": [6, 29.5]}', key: str = "") -> Any:
    """Send a body with JavaScript of the page; return the status and the text, as the page sees."""
    script = """async ([url, body, key]) => {
      const headers = { "Content-Type": "application/json" };
      if (key) headers.Authorization = `Bearer ${key}`;
      const response = await fetch(`${url}/predict`, { method: "POST", headers, body });
      return [response.status, await response.text()];
    }"""
    return page.evaluate(script, [url, body, key])


@pytest.mark.parametrize("is_fast", [True, False])
def test_a_page_of_an_allowed_origin_predicts_below_a_root_path(
    store: ModelStore, tmp_path: Path, site: int, page: Page, is_fast: bool
) -> None:
    settings = {
        "PREDICTOR_CORS_ORIGINS": f"https://a.example,http://localhost:{site}",
        "PREDICTOR_ROOT_PATH": "/ml/churn",
        "PREDICTOR_FAST_PATH": is_fast,
    }
    with served(store, tmp_path, **settings) as predictor:
        page.goto(f"http://localhost:{site}/")
        script = SHOWN.replace(ADDRESS, f"{predictor.url}/ml/churn")
        found = page.evaluate(f"async () => {{ {script} return [prediction, version]; }}")
        status, text = send(page, f"{predictor.url}/ml/churn")
        assert (status, found[1]) == (200, "1")
        assert f'"prediction":{found[0]}' in text
        status, text = send(page, predictor.url, '{"features": []}')
        assert (status, "message" in json.loads(text)["error"]) == (422, True)
        page.goto(f"http://127.0.0.1:{site}/")
        with pytest.raises(Error, match="Failed to fetch"):
            send(page, predictor.url)


@pytest.mark.parametrize("origins", ["*", "http://localhost:{}"])
def test_a_page_sends_a_key_and_binary_data(
    store: ModelStore, tmp_path: Path, site: int, page: Page, origins: str
) -> None:
    key, line = make_key("page")
    file = tmp_path / "keys"
    file.write_text(f"{line}\n")
    file.chmod(0o600)
    settings = {
        "PREDICTOR_CORS_ORIGINS": origins.format(site),
        "PREDICTOR_API_KEYS_FILE": file,
    }
    with served(store, tmp_path, **settings) as predictor:
        page.goto(f"http://localhost:{site}/")
        ask = partial(send, page, predictor.url)
        status, text = ask()
        assert (status, "needs a key" in text) == (401, True)
        assert ask(key=key[::-1])[0] == 401
        assert ask(key=key)[0] == 200
        status, length, traceparent = page.evaluate(INFER, [predictor.url, key])
        assert (status, int(length) > 0) == (200, True)
        assert traceparent.startswith("00-0af7651916cd43dd8448eb211c80319c-")


def test_without_the_setting_no_page_of_another_origin_gets_an_answer(
    store: ModelStore, tmp_path: Path, site: int, page: Page
) -> None:
    with served(store, tmp_path) as predictor:
        page.goto(f"http://localhost:{site}/")
        with pytest.raises(Error, match="Failed to fetch"):
            send(page, predictor.url)
        page.goto(f"{predictor.url}/livez")
        assert send(page, predictor.url)[0] == 200

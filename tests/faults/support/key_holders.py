"""Clients of a predictor with keys or TLS, which must not notice that files are replaced."""

import ssl

import httpx

from tests.faults.support.client_thread import ClientThread

ROW = {"features": [1, 2]}


class KeyHolder(ClientThread):
    """A client that sends one row again and again, on one connection and on new ones in turn."""

    def __init__(
        self,
        url: str,
        path: str = "/predict",
        *,
        key: str = "",
        verify: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__()
        self._method = "POST" if path == "/predict" else "GET"
        self._url = f"{url}{path}"
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._verify = verify or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.answered = 0

    def ask(self, client: httpx.Client) -> None:
        """Send one request."""
        try:
            body = ROW if self._method == "POST" else None
            answer = client.request(self._method, self._url, json=body, headers=self._headers)
        except httpx.HTTPError as error:
            self.failures.append(repr(error))
            return
        if answer.status_code == httpx.codes.OK:
            self.answered += 1
        else:
            self.failures.append(f"{answer.status_code} {answer.text}")

    def _run(self) -> None:
        with self._client() as kept:
            while not self._stopping.is_set():
                self.ask(kept)
                with self._client() as new:
                    self.ask(new)

    def _client(self) -> httpx.Client:
        return httpx.Client(verify=self._verify, timeout=60, trust_env=False)

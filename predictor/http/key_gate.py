"""Decide whether a request may pass: its path needs no key, or it has the key of a client."""

import binascii
import hmac
from collections.abc import Callable, Iterable

from predictor.codec.reply import Reply, forbidden_reply, unauthorized_reply
from predictor.http.api_keys import ApiKeys, hash_key
from predictor.metrics.shared_area import Numbers
from shared.access.followed_file import FollowedFile

OPEN_PATHS = {
    "nothing": frozenset[str](),
    "health": frozenset({"/livez", "/readyz", "/v2/health/live", "/v2/health/ready"}),
}
"""The paths that need no key, by the values of PREDICTOR_WITHOUT_KEY."""
OPEN_PATHS["health-and-metrics"] = OPEN_PATHS["health"] | {"/metrics"}

Headers = Iterable[tuple[bytes, bytes]]
_AUTHORIZATION = b"authorization"
_PAGES = frozenset({"/", "/docs", "/openapi.json"})
_FILES_OF_PAGES = ("/static-offline-docs/", "/page/static/")
_MISSING = "This predictor needs a key: send the header `Authorization: Bearer KEY`."
_MISSING_ON_PAGE = f"{_MISSING} In a browser, enter the key as the password, with any user name."
_UNKNOWN = "The key is not known. Ask the operator of this predictor for a key."


class KeyGate:
    """Checks the keys of requests, and counts requests by client.

    Args:
        keys: The keys in force.
        count: Return the one number to add to for each request of a client.
        count_refusal: Called with the path and the status of each refused request.
        open_paths: The paths that need no key.
        convert: Return a refusal in the form that clients of a path expect.
    """

    def __init__(
        self,
        keys: FollowedFile[ApiKeys],
        count: Callable[[str], Numbers],
        count_refusal: Callable[[str, int], object],
        open_paths: frozenset[str],
        convert: Callable[[str, Reply], Reply],
    ) -> None:
        self._keys = keys
        self._count = count
        self._count_refusal = count_refusal
        self._open_paths = open_paths
        self._convert = convert

    def is_open(self, path: str) -> bool:
        """Return whether a path needs no key."""
        return path in self._open_paths

    def check(self, path: str, headers: Headers) -> Reply | None:
        """Return None if the request may pass, and count it; otherwise the reply to it."""
        if self.is_open(path):
            return None
        is_page = path in _PAGES or path.startswith(_FILES_OF_PAGES)
        counter = self.identify(headers, is_page=is_page)
        if isinstance(counter, Reply):
            self._count_refusal(path, counter.status)
            return self._convert(path, counter)
        counter[0] += 1
        return None

    def identify(self, headers: Headers, *, is_page: bool = False) -> "Numbers | Reply":
        """Return the number that counts the client's requests, or the reply to a refused one.

        A browser may send the key of a page as a password. Pages only read, and the form refuses
        requests of other sites. So no other site can misuse a password that the browser remembers.
        The time depends on the hash of the key, and not on the key. An attacker cannot choose it.
        """
        values = [value for name, value in headers if name.lower() == _AUTHORIZATION]
        scheme, _, key = values[0].partition(b" ") if len(values) == 1 else (b"", b"", b"")
        if is_page and scheme.lower() == b"basic":
            key = _read_password(key)
        elif scheme.lower() != b"bearer":
            message = _MISSING_ON_PAGE if is_page else _MISSING
            return unauthorized_reply(message, may_ask=is_page)
        digest = hash_key(key.strip())
        found = self._keys.value.get(digest)
        if found is None or not hmac.compare_digest(found.digest, digest):
            return unauthorized_reply(_UNKNOWN, may_ask=is_page)
        if found.is_disabled:
            return forbidden_reply(f"The key of {found.name} is disabled.")
        return self._count(found.name)


def _read_password(credentials: bytes) -> bytes:
    """Return the password in the *credentials* of the scheme Basic; b"" if they have none."""
    try:
        decoded = binascii.a2b_base64(credentials.strip())
    except binascii.Error:
        return b""
    return decoded.partition(b":")[2]

"""The address of the receiver of spans, from the standard variables of OpenTelemetry."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from shared.errors import SettingsError
from shared.telemetry.receiver_headers import require_headers

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACES_ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_PROTOCOL = "http/protobuf"
_EXPORTER = "OTEL_TRACES_EXPORTER"


def find_receiver(environ: Mapping[str, str]) -> str | None:
    """Return the address for spans; None if none is set, or if the export is switched off.

    Raises SettingsError for an address, a protocol or headers that cannot be used.
    """
    name = TRACES_ENDPOINT if environ.get(TRACES_ENDPOINT) else ENDPOINT
    address = environ.get(name, "")
    exporter = environ.get(_EXPORTER, "").strip().lower()
    is_disabled = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    if not address or is_disabled or exporter == "none":
        return None
    if exporter not in {"", "otlp"}:
        raise SettingsError(
            f"{_EXPORTER} is {exporter!r:.100}; only 'otlp' or 'none' can be used. Unset it."
        )
    for protocol in _PROTOCOLS:
        if (value := environ.get(protocol) or _PROTOCOL) != _PROTOCOL:
            raise SettingsError(
                f"{protocol} is {value!r:.100}; only {_PROTOCOL!r} can be used. Unset it, "
                "and give the receiver's port for HTTP, which is usually 4318."
            )
    _require_usable(name, address)
    require_headers(environ)
    return address if name == TRACES_ENDPOINT else f"{address.rstrip('/')}/v1/traces"


def hide_secrets(address: str) -> str:
    """Return *address* without a password and without parameters, for messages."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _require_usable(name: str, address: str) -> None:
    try:
        parts = urlsplit(address)
        is_usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        # The address is not shown, because it may contain a password.
        raise SettingsError(
            f"{name} is not an address of HTTP. Expected something like "
            "http://localhost:4318. Correct it, or unset it to send no spans."
        )

"""The keys of a gatekeeper: whose manifests it believes, and with what it signs the registry."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatekeeper.settings import GatekeeperSettings
from shared.contract.documents import Decision
from shared.contract.signatures import known_keys, sign_registry, signing_key

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys, SigningKey


@dataclass(frozen=True)
class Signing:
    """Both are optional, each without the other."""

    trainer_keys: "KnownKeys | None" = None
    """None: manifests need no signature."""
    key: "SigningKey | None" = None
    """None: the registry gets none."""


NO_KEYS = Signing()


def sign_decision(decision: Decision, key: "SigningKey | None") -> Decision:
    """The same decision, its registry signed by *key*, or by nobody where there is no key."""
    if decision.registry is None:
        return decision
    return decision.model_copy(update={"registry": sign_registry(decision.registry, key)})


def load_signing(settings: GatekeeperSettings) -> Signing:
    """Read the key files that are configured; raises KeyFileError."""
    return Signing(known_keys(settings.trainer_keys), signing_key(settings.signing_key))

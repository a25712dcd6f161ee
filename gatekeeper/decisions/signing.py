"""The gatekeeper's keys: those of the trainers it trusts, and the one that signs the registry."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gatekeeper.settings import GatekeeperSettings
from shared.contract.documents import Decision
from shared.contract.signatures import known_keys, sign_registry, signing_key

if TYPE_CHECKING:
    from shared.contract.signing_keys import KnownKeys, SigningKey


@dataclass(frozen=True)
class Signing:
    """The keys of a gatekeeper; each is optional."""

    trainer_keys: "KnownKeys | None" = None
    """None if manifests need no signature."""
    key: "SigningKey | None" = None
    """None if the registry is not signed."""


NO_KEYS = Signing()


def sign_decision(decision: Decision, key: "SigningKey | None") -> Decision:
    """Return *decision* with its registry signed by *key*, or unsigned without a key."""
    if decision.registry is None:
        return decision
    return decision.model_copy(update={"registry": sign_registry(decision.registry, key)})


def load_signing(settings: GatekeeperSettings) -> Signing:
    """Read the configured key files; raise KeyFileError if one is malformed."""
    return Signing(known_keys(settings.trainer_keys), signing_key(settings.signing_key))

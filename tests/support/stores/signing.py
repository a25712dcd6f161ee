"""Key pairs as `make keys` makes them, and the keys that each service reads."""

from dataclasses import dataclass
from pathlib import Path

from deploy.local.keys import make_keys
from gatekeeper.decisions.signing import Signing
from shared.contract.signing_keys import KnownKeys, SigningKey


@dataclass(frozen=True)
class Keys:
    """The four key files in one directory."""

    directory: Path

    @property
    def trainer(self) -> SigningKey:
        return SigningKey.read(self.directory / "trainer.pem")

    @property
    def gatekeeper(self) -> SigningKey:
        return SigningKey.read(self.directory / "gatekeeper.pem")

    @property
    def trainers(self) -> KnownKeys:
        """The trainer's public key, as the gatekeeper reads it."""
        return KnownKeys.read(self.directory / "trainer.pub.pem")

    @property
    def gatekeepers(self) -> KnownKeys:
        """The gatekeeper's public key, as the predictor reads it."""
        return KnownKeys.read(self.directory / "gatekeeper.pub.pem")

    @property
    def of_the_gatekeeper(self) -> Signing:
        """The keys of a gatekeeper."""
        return Signing(self.trainers, self.gatekeeper)

    def settings(self, *services: str) -> dict[str, object]:
        """Return the settings of these services, or of all, that name their keys."""
        files = {
            "TRAINER_SIGNING_KEY": "trainer.pem",
            "GATEKEEPER_TRAINER_KEYS": "trainer.pub.pem",
            "GATEKEEPER_SIGNING_KEY": "gatekeeper.pem",
            "PREDICTOR_GATEKEEPER_KEYS": "gatekeeper.pub.pem",
        }
        return {
            name: self.directory / file
            for name, file in files.items()
            if not services or name.split("_")[0].lower() in services
        }


def new_keys(directory: Path) -> Keys:
    """Make new key pairs in *directory*."""
    make_keys(directory)
    return Keys(directory)


def known_together(*files: Path) -> KnownKeys:
    """Join the keys of several files in one file, as during a change of keys."""
    together = files[0].with_name("together.pem")
    together.write_bytes(b"".join(file.read_bytes() for file in files))
    return KnownKeys.read(together)

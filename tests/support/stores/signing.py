"""Key pairs for tests, as `make keys` makes them, and the services' view of them."""

from dataclasses import dataclass
from pathlib import Path

from deploy.local.keys import make_keys
from gatekeeper.decisions.signing import Signing
from shared.contract.signing_keys import KnownKeys, SigningKey


@dataclass(frozen=True)
class Keys:
    """The four files in one directory."""

    directory: Path

    @property
    def trainer(self) -> SigningKey:
        return SigningKey.read(self.directory / "trainer.pem")

    @property
    def gatekeeper(self) -> SigningKey:
        return SigningKey.read(self.directory / "gatekeeper.pem")

    @property
    def trainers(self) -> KnownKeys:
        """The gatekeeper's view of the trainer."""
        return KnownKeys.read(self.directory / "trainer.pub.pem")

    @property
    def gatekeepers(self) -> KnownKeys:
        """The predictor's view of the gatekeeper."""
        return KnownKeys.read(self.directory / "gatekeeper.pub.pem")

    @property
    def of_the_gatekeeper(self) -> Signing:
        """All that a gatekeeper has."""
        return Signing(self.trainers, self.gatekeeper)

    def settings(self, *services: str) -> dict[str, object]:
        """The variables that give these services, or all of them, their keys."""
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
    """Fresh pairs in *directory*, which holds none."""
    make_keys(directory)
    return Keys(directory)


def known_together(*files: Path) -> KnownKeys:
    """The keys of several files in one, as while keys are changed."""
    together = files[0].with_name("together.pem")
    together.write_bytes(b"".join(file.read_bytes() for file in files))
    return KnownKeys.read(together)

"""`python -m deploy.local.keys`: make the key pairs that sign, in keys/.

`openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` make the same files.
"""

import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from shared.errors import KeyFileError, ModelgateError
from shared.store.durable_write import SECRET_MODE, create_file, make_directory

SIGNERS = ("trainer", "gatekeeper")


def make_keys(directory: Path) -> None:
    """A private and a public key for each owner; raises KeyFileError where one is there already."""
    wanted = [directory / f"{owner}{kind}.pem" for owner in SIGNERS for kind in ("", ".pub")]
    if there := [str(path) for path in wanted if path.exists()]:
        raise KeyFileError(
            f"There are keys already: {', '.join(there)}. A key that is lost cannot be made again: "
            "move them away first."
        )
    make_directory(directory)
    for owner in SIGNERS:
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        create_file(directory / f"{owner}.pem", private, mode=SECRET_MODE)
        create_file(directory / f"{owner}.pub.pem", public)


def main() -> int:
    """Make the keys and show what to do with them; 1 when that cannot be."""
    directory = Path("keys")
    try:
        make_keys(directory)
    except ModelgateError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"Made the keys in {directory}/. Keep copies where nobody else reads.")
    print("To sign on this machine:")
    print(
        f"  make run TRAINER_SIGNING_KEY={directory}/trainer.pem "
        f"GATEKEEPER_TRAINER_KEYS={directory}/trainer.pub.pem "
        f"GATEKEEPER_SIGNING_KEY={directory}/gatekeeper.pem "
        f"PREDICTOR_GATEKEEPER_KEYS={directory}/gatekeeper.pub.pem"
    )
    print("In containers: docs/operations.md, Turning signing on.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

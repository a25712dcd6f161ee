"""`python -m deploy.local.keys`: make the signing keys in keys/.

`openssl genpkey -algorithm ed25519` and `openssl pkey -pubout` make the same files.
"""

import argparse
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
from shared.text import to_printable_lines

SIGNERS = ("trainer", "gatekeeper")


def make_keys(directory: Path) -> None:
    """Make a private and a public key for each signer.

    Raises KeyFileError if one of the files exists.
    """
    wanted = [directory / f"{owner}{kind}.pem" for owner in SIGNERS for kind in ("", ".pub")]
    if there := [str(path) for path in wanted if path.exists()]:
        raise KeyFileError(
            f"These keys exist already: {', '.join(there)}. "
            "Move them to another directory: a lost key cannot be made again."
        )
    make_directory(directory)
    for owner in SIGNERS:
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        create_file(directory / f"{owner}.pem", private, mode=SECRET_MODE)
        create_file(directory / f"{owner}.pub.pem", public)


def main() -> int:
    """Make the keys and print the next command; return 1 after an error."""
    argparse.ArgumentParser(
        prog="python -m deploy.local.keys", description="Make the signing keys in keys/."
    ).parse_args()
    directory = Path("keys")
    try:
        make_keys(directory)
    except ModelgateError as error:
        print(f"error: {to_printable_lines(error)}", file=sys.stderr)
        return 1
    print(f"The keys are in {directory}/. Keep a copy in a place that only you can read.")
    print("Sign on this machine:")
    print(
        f"  make run TRAINER_SIGNING_KEY={directory}/trainer.pem "
        f"GATEKEEPER_TRAINER_KEYS={directory}/trainer.pub.pem "
        f"GATEKEEPER_SIGNING_KEY={directory}/gatekeeper.pem "
        f"PREDICTOR_GATEKEEPER_KEYS={directory}/gatekeeper.pub.pem"
    )
    print("For containers, see docs/operations.md, Turning signing on.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The files by which a worker and its clients know each other. Both are followed."""

import logging
import time
from pathlib import Path
from typing import NamedTuple, Self

from predictor.http.api_keys import ApiKeys, follow_api_keys
from shared.access.certificate import ServerCertificate, follow_certificate
from shared.access.followed_file import FollowedFile
from shared.errors import ApiKeysError, CertificateError

logger = logging.getLogger(__name__)

_RETRY_SECONDS = 0.5


class Credentials(NamedTuple):
    """The keys of clients, and the certificate of the predictor; None for what is not used."""

    keys: FollowedFile[ApiKeys] | None
    certificate: ServerCertificate | None

    @classmethod
    def read(cls, keys: Path | None, certificate: Path | None, private_key: Path | None) -> Self:
        """Read the files of the settings. Raises ModelgateError."""
        return cls(
            follow_api_keys(keys), follow_certificate("PREDICTOR_", certificate, private_key)
        )

    @classmethod
    def wait(cls, keys: Path | None, certificate: Path | None, private_key: Path | None) -> Self:
        """Read the files when they are good: an error in them must not stop the other workers."""
        logged = ""
        while True:
            try:
                return cls.read(keys, certificate, private_key)
            except (ApiKeysError, CertificateError) as error:
                if str(error) != logged:
                    logged = str(error)
                    logger.warning("This worker waits until the file is repaired. %s", error)
                time.sleep(_RETRY_SECONDS)

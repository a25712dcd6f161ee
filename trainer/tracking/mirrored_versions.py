"""The registered model of MLflow: a version for each version of production, and the alias.

The tag POSITION of the registered model is the cursor, so it is as old as the mirror itself.
"""

import re
from typing import TYPE_CHECKING, Any

from shared.contract.documents import Registry
from shared.errors import ModelgateError
from shared.following.log_tail import BEGINNING, LogPosition
from trainer.tracking.client import MissingInMlflowError, translated
from trainer.tracking.server_address import MODEL, TrackingServer
from trainer.tracking.tracked_runs import MODEL_FOLDER, TrackedRun

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION = "champion"
POSITION = "modelgate.decision"
STORE = "modelgate.store"
VERSION = "modelgate.version"
_CANDIDATE = "modelgate.candidate"
_POSITION = re.compile(r"([1-9][0-9]{0,15}) ([0-9a-f]{64})")


class ForeignModelError(ModelgateError):
    """The registered model belongs to another store, or to a person."""


class MirroredVersions:
    """One registered model. Each method asks the server, and raises TrackingError."""

    def __init__(self, client: "MlflowClient", server: TrackingServer) -> None:
        self._client = client
        self._server = server
        self._name = server.model

    def begin(self, store: str) -> LogPosition:
        """Return the position of the last decision that was mirrored, and make what is missing.

        *store* is the SHA-256 of the first decision, which tells stores apart. Raises
        ForeignModelError for a model that is not the mirror of this store.
        """
        try:
            with translated(self._server):
                model = self._client.get_registered_model(self._name)
        except MissingInMlflowError:
            with translated(self._server):
                model = self._client.create_registered_model(
                    self._name,
                    tags={STORE: store},
                    description="Each version is one that Modelgate put into production. The alias "
                    "champion is in production now.",
                )
        self._require_ours(model, store)
        found = _POSITION.fullmatch(model.tags.get(POSITION, ""))
        return LogPosition(number=int(found[1]), sha256=found[2]) if found else BEGINNING

    def _require_ours(self, model: Any, store: str) -> None:
        owner = model.tags.get(STORE)
        if owner != store:
            whose = "mirrors another store" if owner else "was not made by Modelgate"
            raise ForeignModelError(
                f"The registered model {self._name} of {self._server.shown} {whose}. Set {MODEL} "
                "to a name of its own for this store."
            )

    def find(self, registry: Registry) -> str | None:
        """Return the version that is the mirror of *registry*, or None."""
        query = f"name = '{self._name}' and tags.`{VERSION}` = '{registry.version}'"
        with translated(self._server):
            found = list(self._client.search_model_versions(query))
        numbers = [
            int(each.version)
            for each in found
            if each.tags.get(_CANDIDATE) == registry.candidate_id
            and each.tags.get("modelgate.digest") == registry.digest
        ]
        return str(min(numbers)) if numbers else None

    def create(self, registry: Registry, run: TrackedRun, tags: dict[str, str]) -> str:
        """Register a version. Its tags are written with it, so that `find` finds it."""
        with translated(self._server):
            made = self._client.create_model_version(
                self._name,
                source=f"{run.artefacts}/{MODEL_FOLDER}",
                run_id=run.run_id,
                tags={
                    VERSION: str(registry.version),
                    _CANDIDATE: registry.candidate_id,
                    "modelgate.digest": registry.digest,
                    **tags,
                },
                description=f"{registry.model_name}, version {registry.version} of Modelgate.",
                await_creation_for=0,
            )
        return str(made.version)

    def champion(self) -> str | None:
        """Return the version with the alias."""
        with translated(self._server):
            aliases = self._client.get_registered_model(self._name).aliases
        version = aliases.get(CHAMPION)
        return None if version is None else str(version)

    def set_champion(self, version: str) -> None:
        """Move the alias."""
        with translated(self._server):
            self._client.set_registered_model_alias(self._name, CHAMPION, version)

    def tag(self, version: str, tags: dict[str, str]) -> None:
        """Set tags of a version."""
        with translated(self._server):
            for key, value in tags.items():
                self._client.set_model_version_tag(self._name, version, key, value)

    def pass_decision(self, position: LogPosition) -> None:
        """Note that everything up to *position* is mirrored."""
        with translated(self._server):
            self._client.set_registered_model_tag(
                self._name, POSITION, f"{position.number} {position.sha256}"
            )

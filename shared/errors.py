"""Every error Modelgate raises on purpose, under one base.

Messages are for people: what was expected, what was found, where, and what to do next.
"""

from pathlib import Path


class ModelgateError(Exception):
    """Something Modelgate can explain; its message is one clear sentence for the user."""


class SettingsError(ModelgateError):
    """A setting is malformed, unknown or contradicts another."""


class StoreError(ModelgateError):
    """The store, or something in it, is not as its specification says."""


class NotAStoreError(StoreError):
    """The directory exists, holds other things, and is not a Modelgate store."""


class StoreNotWritableError(StoreError):
    """This process may not write its own part of the store."""


class StoreWriteError(StoreError):
    """A write failed (full disk, I/O error, read-only file system); nothing was acknowledged."""

    def __init__(self, path: Path, cause: OSError) -> None:
        super().__init__(
            f"Could not write {path}: {cause.strerror or cause}. "
            "Nothing was changed; make room or repair the volume and try again."
        )
        self.path = path


class UnsupportedFormatError(StoreError):
    """A document or the whole store has a format_version this release does not read."""


class DocumentError(StoreError):
    """A document is missing, too large, not strict JSON, or lacks what its schema requires."""


class UnsafeFileError(StoreError):
    """A file is not a regular, single-link file directly beneath its directory."""


class ArtefactCorruptError(StoreError):
    """Bytes do not match the descriptor or digest that names them."""


class ModelNotFoundError(StoreError):
    """The store holds no such candidate or model."""


class DecisionConflictError(StoreError):
    """Another gatekeeper wrote this entry of the decision log first."""


class LogCorruptError(StoreError):
    """The decision log has a gap, a broken hash chain, or an entry that cannot be read."""


class NoRegistryError(StoreError):
    """Nothing was in production, now or at the time that was asked for."""


class DecisionNotFoundError(StoreError):
    """The log holds no decision of this number."""


class VersionNotFoundError(StoreError):
    """No registry version of this number was ever in production."""


class ModelPrunedError(StoreError):
    """The model of a past version is no longer on the store, or no longer whole."""


class AlreadyInProductionError(StoreError):
    """The version that is to be put in production is there already."""


class AlreadyDecidedError(StoreError):
    """A person's answer came too late: the candidate has its decision."""


class NotAwaitingApprovalError(StoreError):
    """A candidate that a person answers to does not wait for one, or not any more."""


class SignatureError(StoreError):
    """A document is not signed by a known key, or is not what was signed."""


class KeyFileError(ModelgateError):
    """A key file is missing, malformed, of another kind, or a private one that others can read."""


class StoreNotEmptyError(StoreError):
    """A backup is to be restored where something is already."""


class BackupError(ModelgateError):
    """A backup cannot be made, or a file is no whole backup."""


class SchemaError(ModelgateError):
    """A model's features are not what is expected of them."""


class ServableError(ModelgateError):
    """A model cannot be built, or does not compute what its artefact promises."""


class GoldenRowsError(ServableError):
    """A model loads but does not reproduce its golden rows."""


class DatasetError(ModelgateError):
    """The data set is missing, empty, or unfit for training."""


class CandidatesError(ModelgateError):
    """The table of candidates cannot be imported, or none of its candidates can be trained."""


class ExportError(ModelgateError):
    """A fitted candidate cannot be turned into a model that gives the same answers."""


class UndecidedError(ModelgateError):
    """A candidate is published, but no gatekeeper decided on it in time."""


class UnapprovedError(UndecidedError):
    """A candidate is published and passes every check, and waits for a person."""


class EvaluationUnavailableError(ModelgateError):
    """A model could not be scored for a reason that says nothing about the model."""


class LocalRunError(ModelgateError):
    """`make run` cannot start: a port is taken, or another run works on this store."""


class InputError(ModelgateError):
    """A prediction request is not one that the served model can answer."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class PortTakenError(ModelgateError):
    """The address that a service is to listen on cannot be had."""


class TokenError(ModelgateError):
    """The file of the bearer token is missing, empty, malformed or readable by others."""


class ClientError(ModelgateError):
    """A command-line client cannot reach its service, or the service refuses the request."""

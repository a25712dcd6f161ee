"""The errors that Modelgate raises on purpose, all with one base class.

A message is for people. It says what failed, what was found, what was expected and what to do.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

_SHOWN = 20
"""Most problems in one message."""


class ModelgateError(Exception):
    """An error whose message a user can act on."""


class SettingsError(ModelgateError):
    """A setting is malformed, unknown or contradicts another."""


class InvalidFeedbackError(ModelgateError):
    """A body with labels is malformed; none of its labels is kept."""


class TooManyLabelsError(ModelgateError):
    """A body has more labels than one request may have; none is kept."""


class StoreError(ModelgateError):
    """The store, or a file in it, contradicts its specification."""


class NotAStoreError(StoreError):
    """The directory is not a Modelgate store and contains other files."""


class StoreNotWritableError(StoreError):
    """This process cannot write to the directories of the store that it owns."""


class StoreWriteError(StoreError):
    """A write failed, for example on a full disk; nothing was changed."""

    def __init__(self, path: Path, cause: OSError) -> None:
        super().__init__(
            f"Could not write {path}: {cause.strerror or cause}. "
            "Nothing was changed. Free space or repair the volume, then try again."
        )
        self.path = path


class UnsupportedFormatError(StoreError):
    """A document or the store has a format_version that this release cannot read."""


class DocumentError(StoreError):
    """A document is missing, too large, not strict JSON, or contradicts its schema."""


class UnsafeFileError(StoreError):
    """A path leads through a link, or to something that is not a regular file with one name."""


class OversizedSegmentError(StoreError):
    """A segment of logged rows or labels is larger than readers accept."""


class ArtefactCorruptError(StoreError):
    """A file does not match its descriptor or digest."""


class ModelNotFoundError(StoreError):
    """The store does not contain this candidate or model."""


class DecisionConflictError(StoreError):
    """Another gatekeeper wrote this entry of the decision log first."""


class LogCorruptError(StoreError):
    """The decision log has a gap, a broken hash chain or an unreadable entry."""


class NoRegistryError(StoreError):
    """No model was in production, now or at the requested time."""


class DecisionNotFoundError(StoreError):
    """The log has no decision with this number."""


class VersionNotFoundError(StoreError):
    """This registry version was never in production."""


class ModelPrunedError(StoreError):
    """The model of an earlier version was deleted from the store, or is damaged."""


class AlreadyInProductionError(StoreError):
    """The requested version is already in production."""


class AlreadyDecidedError(StoreError):
    """A person approved or rejected a candidate that already has a decision."""


class NoWaitingTrainerError(ModelgateError):
    """A training is requested, but no process waits to train on this store."""


class NotAwaitingApprovalError(StoreError):
    """A person approved or rejected a candidate that does not await approval."""


class SignatureError(StoreError):
    """A document is not signed by a known key, or was altered after it was signed."""


class KeyFileError(ModelgateError):
    """A key file is missing or malformed, or others can read a private key."""


class StoreNotEmptyError(StoreError):
    """A backup cannot be restored into a store that is not empty."""


class BackupError(ModelgateError):
    """A backup cannot be made, or a file is not a whole backup."""


class DeletionError(ModelgateError):
    """Rows and labels of a person cannot be deleted, or not completely."""


class ExportedTableError(ModelgateError):
    """A table of logged rows cannot be written, or a file is not such a table."""


class SchemaError(ModelgateError):
    """Features differ from those that a model expects."""


class ServableError(ModelgateError):
    """A model cannot be loaded, or fails when it predicts."""


class GoldenRowsError(ServableError):
    """A model loads, but its predictions for the golden rows differ from the recorded ones."""


class DatasetError(ModelgateError):
    """The data set is missing, empty or unsuitable for training."""


class EncodingError(DatasetError):
    """A table is not in UTF-8, although its beginning is."""


class TableFormError(ModelgateError):
    """The encoding, the separator or the names of a CSV file are not clear.

    The message goes on after the name of the file. *choices* are the ways to read it, each one as
    the keys of TRAINER_CSV. *advice* is another remedy.
    """

    def __init__(
        self, found: str, choices: Sequence[Mapping[str, object]] = (), advice: str = ""
    ) -> None:
        super().__init__(found)
        self.choices = choices
        self.advice = advice


class ProblemsError(SettingsError, DatasetError):
    """The settings and the data have several problems. The message lists all of them."""

    def __init__(self, problems: Sequence[ModelgateError]) -> None:
        shown = [f"{number}. {each}" for number, each in enumerate(problems[:_SHOWN], 1)]
        if len(problems) > _SHOWN:
            shown.append(f"And {len(problems) - _SHOWN} more.")
        super().__init__("\n".join([f"{len(problems)} problems were found:", *shown]))
        self.problems = tuple(problems)


class CandidatesError(ModelgateError):
    """The candidate table cannot be imported, or no candidate in it can be trained."""


class ClusterError(ModelgateError):
    """The Dask cluster cannot be reached, or was lost while it was needed."""


class WorkersDifferError(SettingsError):
    """A worker of the Dask cluster has other code, or other versions, than the trainer."""


class ExportError(ModelgateError):
    """A fitted candidate cannot be exported as a model with the same predictions."""


class RowDependenceError(ExportError):
    """The prediction of a row depends on other rows, so that no form of the model can serve it."""


class UndecidedError(ModelgateError):
    """A gatekeeper did not decide on a published candidate in time."""


class UnapprovedError(UndecidedError):
    """A published candidate passed every check and awaits a person's approval."""


class EvaluationUnavailableError(ModelgateError):
    """A model could not be scored, for a reason that is not the model's fault."""


class InputError(ModelgateError):
    """The served model cannot answer a prediction request; *code* and *field* say why."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class PortTakenError(ModelgateError):
    """A service cannot listen on its address."""


class TokenError(ModelgateError):
    """The bearer token's file is missing, empty or malformed, or others can read it."""


class ApiKeysError(ModelgateError):
    """The file of API keys is missing, empty or malformed, or others can write it."""


class CertificateError(ModelgateError):
    """A TLS certificate or its key is missing, malformed, expired or readable by others."""


class WebhookSecretError(ModelgateError):
    """The file with the secret of the webhooks is missing or malformed, or others can read it."""


class ClientError(ModelgateError):
    """A command-line client cannot reach its service, or the service refuses the request."""

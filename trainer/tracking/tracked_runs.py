"""The runs of one experiment of MLflow, as the server has them: one for each candidate."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.tracking.client import MissingInMlflowError, translated
from trainer.tracking.run_content import CANDIDATE, RunContent
from trainer.tracking.server_address import TrackingServer

if TYPE_CHECKING:
    from mlflow import MlflowClient

MODEL_FOLDER = "model"
HAS_MODEL = "modelgate.model"
"""The tag of a run that has the whole files of its model, or of one that has none to give."""
_PAGE = 1000
_BATCH = 100
"""The most parameters, metrics or tags in one request that MLflow takes."""


@dataclass
class TrackedRun:
    """The run of one candidate, as the server has it."""

    run_id: str
    artefacts: str
    """The address of its files."""
    is_deleted: bool
    """Whether a person deleted the run. Then it stays as it is."""
    is_finished: bool
    model: str | None
    """The value of `HAS_MODEL`."""


class TrackedRuns:
    """All runs of candidates, read once. A new one must be made after an error."""

    def __init__(self, client: "MlflowClient", server: TrackingServer) -> None:
        self._client = client
        self._server = server
        self._experiment = ""
        self._runs: dict[str, TrackedRun] = {}

    def read(self) -> None:
        """Read which candidates have a run, and make the experiment. Raises TrackingError."""
        with translated(self._server):
            found = self._client.get_experiment_by_name(self._server.experiment)
            self._experiment = (
                found.experiment_id
                if found
                else self._client.create_experiment(self._server.experiment)
            )
            if found and found.lifecycle_stage == "deleted":
                self._client.restore_experiment(self._experiment)
        for run in self._search():
            candidate_id = run.data.tags.get(CANDIDATE)
            if candidate_id:
                self._runs.setdefault(candidate_id, _read_run(run))

    def find(self, candidate_id: str) -> TrackedRun | None:
        """Return the run of a candidate, if the server has one."""
        return self._runs.get(candidate_id)

    def is_complete(self, candidate_id: str) -> bool:
        """Return whether nothing is to be added to the run of a candidate but its decision."""
        run = self._runs.get(candidate_id)
        return run is not None and (run.is_finished or run.is_deleted)

    def create(self, candidate_id: str, name: str, begun: int) -> TrackedRun:
        """Create the run of a candidate. Its tag is written with it, so it is found again."""
        with translated(self._server):
            run = self._client.create_run(
                self._experiment,
                start_time=begun,
                run_name=name,
                tags={CANDIDATE: candidate_id, "mlflow.user": "modelgate"},
            )
        made = self._runs[candidate_id] = _read_run(run)
        return made

    def fill(self, run: TrackedRun, content: RunContent) -> None:
        """Write parameters, metrics and tags. The same content again changes nothing."""
        from mlflow.entities import Metric, Param, RunTag  # noqa: PLC0415 - an optional package

        parameters = [Param(key, value) for key, value in content.parameters.items()]
        metrics = [Metric(key, value, content.ended, 0) for key, value in content.metrics.items()]
        tags = [RunTag(key, value) for key, value in content.tags.items()]
        with translated(self._server):
            for some in _batches(parameters):
                self._client.log_batch(run.run_id, params=some)
            for some in _batches(metrics):
                self._client.log_batch(run.run_id, metrics=some)
            for some in _batches(tags):
                self._client.log_batch(run.run_id, tags=some)

    def name_data(self, run: TrackedRun, source: str, fingerprint: str) -> None:
        """Name the table of the run as its data set, with the fingerprint of its content."""
        from mlflow.entities import Dataset, DatasetInput, InputTag  # noqa: PLC0415 - as above

        # MLflow takes 36 characters of a digest. The tag has all.
        short = fingerprint.removeprefix("sha256:")[:36]
        data = Dataset(Path(source).name[:250] or "table", short, "local", "{}", None, None)
        given = DatasetInput(data, [InputTag("mlflow.data.context", "training")])
        with translated(self._server):
            self._client.log_inputs(run.run_id, [given])

    def upload(self, run: TrackedRun, folder: Path, into: str | None = None) -> None:
        """Upload all files in *folder*; those that the server has are replaced."""
        with translated(self._server):
            self._client.log_artifacts(run.run_id, str(folder), into)

    def tag(self, run: TrackedRun, tags: Mapping[str, str]) -> None:
        """Set tags of a run."""
        from mlflow.entities import RunTag  # noqa: PLC0415 - as above

        if run.is_deleted:
            return
        with translated(self._server):
            self._client.log_batch(run.run_id, tags=[RunTag(k, v) for k, v in tags.items()])
        run.model = tags.get(HAS_MODEL, run.model)

    def finish(self, run: TrackedRun, status: str, ended: int) -> None:
        """End a run, as the last of its requests."""
        with translated(self._server):
            self._client.set_terminated(run.run_id, status, ended)
        run.is_finished = True

    def _search(self) -> Iterator[Any]:
        token = None
        while True:
            try:
                with translated(self._server):
                    page = self._client.search_runs(
                        [self._experiment], run_view_type=_ALL, max_results=_PAGE, page_token=token
                    )
            except MissingInMlflowError:
                return
            yield from page
            if not (token := page.token):
                return


_ALL = 3
"""MLflow's `ViewType.ALL`: deleted runs too."""


def _read_run(run: Any) -> TrackedRun:
    return TrackedRun(
        run_id=run.info.run_id,
        artefacts=run.info.artifact_uri,
        is_deleted=run.info.lifecycle_stage == "deleted",
        is_finished=run.info.status in {"FINISHED", "FAILED", "KILLED"},
        model=run.data.tags.get(HAS_MODEL),
    )


def _batches(items: list[Any]) -> Iterator[list[Any]]:
    rest = iter(items)
    while some := list(islice(rest, _BATCH)):
        yield some

"""Which model a path names: the one that is served, or none."""

from predictor.codec.reply import Reply, not_ready
from predictor.lifecycle.served_model import Served
from predictor.open_inference.input_errors import shown
from predictor.open_inference.replies import error, in_protocol


def addressed(
    served: Served | None, why_not_ready: str, name: str, version: str | None
) -> Served | Reply:
    """Return *served* if *name* and *version* mean it (no version means any), else the refusal."""
    if served is None:
        return in_protocol(not_ready(why_not_ready))
    found = served.registry.model_name
    if name != found:
        return error(
            404,
            f"No model {shown(name)} is served; the model in production is {shown(found)}, "
            f"version {served.version}.",
        )
    if version not in {None, str(served.version)}:
        return error(
            404,
            f"Version {shown(str(version))} of {shown(found)} is not served; version "
            f"{served.version} is. Leave the version out to get the one in production.",
        )
    return served

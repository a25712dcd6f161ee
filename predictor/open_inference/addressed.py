"""Which model a path names: the one that is served, or none."""

from predictor.codec.reply import Reply, not_ready_reply
from predictor.lifecycle.served_model import ServedModel
from predictor.open_inference.input_errors import shown
from predictor.open_inference.replies import convert_reply, protocol_error


def find_model(
    served: ServedModel | None, not_ready_reason: str, name: str, version: str | None
) -> ServedModel | Reply:
    """Return *served* if *name* and *version* mean it (no version means any), else the refusal."""
    if served is None:
        return convert_reply(not_ready_reply(not_ready_reason))
    found = served.registry.model_name
    if name != found:
        return protocol_error(
            404,
            f"No model {shown(name)} is served; the model in production is {shown(found)}, "
            f"version {served.version}.",
        )
    if version not in {None, str(served.version)}:
        return protocol_error(
            404,
            f"Version {shown(str(version))} of {shown(found)} is not served; version "
            f"{served.version} is. Leave the version out to get the one in production.",
        )
    return served

import pytest

from shared.errors import SettingsError
from trainer.tracking.server_address import TrackingServer, find_tracking_server


def test_without_an_address_nothing_is_tracked() -> None:
    assert find_tracking_server({}) is None
    assert find_tracking_server({"MLFLOW_TRACKING_URI": " "}) is None


def test_the_names_have_defaults() -> None:
    found = find_tracking_server({"MLFLOW_TRACKING_URI": "https://mlflow.example/base/"})
    assert found == TrackingServer("https://mlflow.example/base", "modelgate", "modelgate")


def test_a_password_is_not_shown() -> None:
    found = find_tracking_server({"MLFLOW_TRACKING_URI": "http://me:secret@localhost:5000/x"})
    assert found is not None
    assert found.shown == "http://localhost:5000/x"


@pytest.mark.parametrize(
    "uri",
    [
        *("sqlite:///secret.db", "./secret", "databricks", "http://", "localhost:5000"),
        *("http://secret:0", "http://secret:port", "http://[secret", "http://a secret/"),
    ],
)
def test_another_kind_of_address_is_refused_without_being_shown(uri: str) -> None:
    with pytest.raises(SettingsError, match="MLFLOW_TRACKING_URI is not the address") as found:
        find_tracking_server({"MLFLOW_TRACKING_URI": uri})
    assert "secret" not in str(found.value)


@pytest.mark.parametrize("variable", ["MLFLOW_EXPERIMENT_NAME", "MLFLOW_MODEL_NAME"])
@pytest.mark.parametrize("name", ["a/b", "a:b", "it's", "a" * 201, "-a", "a\nb", "`", '"'])
def test_a_name_that_mlflow_would_refuse_is_refused(variable: str, name: str) -> None:
    environ = {"MLFLOW_TRACKING_URI": "http://localhost:5000", variable: name}
    with pytest.raises(SettingsError, match=f"{variable} is .* Expected at most 200 letters"):
        find_tracking_server(environ)

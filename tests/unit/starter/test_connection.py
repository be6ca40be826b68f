"""Where the server is, and how it is reached, is what Temporal's own variables and configuration file say."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.service import TLSConfig

from fiberwise.contracts.errors import BadInput
from fiberwise.runtime.settings import Settings
from starter import connection

PROFILE = """
[profile.cloud]
address = "eu.example:7233"
namespace = "fiber.abc12"
api_key = "from-the-file"

[profile.mutual]
address = "own.example:7233"
namespace = "fiber"

[profile.mutual.tls]
server_name = "temporal.own.example"
server_ca_cert_path = "{folder}/ca.pem"
client_cert_path = "{folder}/client.pem"
client_key_path = "{folder}/client.key"
"""
Connected = Callable[..., Any]


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As on a machine whose user has set nothing of Temporal's."""
    for name in [name for name in os.environ if name.startswith("TEMPORAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Connected:
    """`await connected(TEMPORAL_ADDRESS=…)`: what the SDK is asked to connect with, without our plugins."""
    asked: dict[str, Any] = {}

    async def connect(**arguments: object) -> None:
        asked.update(arguments)

    monkeypatch.setattr(Client, "connect", connect)

    async def run(**variables: str) -> dict[str, Any]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        await connection.attached(Settings(home=tmp_path))
        return {name: value for name, value in asked.items() if name != "plugins"}

    return run


@pytest.fixture
def profiles(tmp_path: Path) -> dict[str, str]:
    """The variable that names a configuration file of two profiles, whose certificates lie beside it."""
    for name in ("ca.pem", "client.pem", "client.key"):
        (tmp_path / name).write_text(name)
    (tmp_path / "temporal.toml").write_text(PROFILE.format(folder=tmp_path))
    return {"TEMPORAL_CONFIG_FILE": str(tmp_path / "temporal.toml")}


async def test_an_api_key_in_a_variable_turns_tls_on(connected: Connected):
    found = await connected(TEMPORAL_ADDRESS="x:1", TEMPORAL_NAMESPACE="fiber", TEMPORAL_API_KEY="secret")
    assert found == {"target_host": "x:1", "namespace": "fiber", "api_key": "secret", "tls": True}


async def test_certificates_in_variables_make_mutual_tls(connected: Connected, profiles: dict[str, str]):
    folder = Path(profiles["TEMPORAL_CONFIG_FILE"]).parent
    found = await connected(
        TEMPORAL_ADDRESS="x:1",
        TEMPORAL_TLS_CLIENT_CERT_PATH=str(folder / "client.pem"),
        TEMPORAL_TLS_CLIENT_KEY_PATH=str(folder / "client.key"),
    )
    assert found["tls"] == TLSConfig(client_cert=b"client.pem", client_private_key=b"client.key")


async def test_a_profile_names_server_namespace_and_key(connected: Connected, profiles: dict[str, str]):
    assert await connected(TEMPORAL_PROFILE="cloud", **profiles) == {
        "target_host": "eu.example:7233",
        "namespace": "fiber.abc12",
        "api_key": "from-the-file",
        "tls": True,
    }


async def test_a_profile_names_certificates_and_whom_to_trust(connected: Connected, profiles: dict[str, str]):
    found = await connected(TEMPORAL_PROFILE="mutual", **profiles)
    assert found["namespace"] == "fiber"
    assert found["tls"] == TLSConfig(
        server_root_ca_cert=b"ca.pem",
        domain="temporal.own.example",
        client_cert=b"client.pem",
        client_private_key=b"client.key",
    )


async def test_a_variable_counts_more_than_the_profile(connected: Connected, profiles: dict[str, str]):
    found = await connected(TEMPORAL_PROFILE="cloud", TEMPORAL_NAMESPACE="other", **profiles)
    assert (found["target_host"], found["namespace"]) == ("eu.example:7233", "other")


async def test_a_namespace_alone_names_no_server(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "fiber")
    assert not connection.is_configured()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[profile.default", "TOML parse error"),
        ('[profile.default]\naddress = "x:1"\ntls.client_cert_path = "/no/such.pem"', "/no/such.pem"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str, said: str
):
    file = tmp_path / "temporal.toml"
    file.write_text(text)
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    with pytest.raises(BadInput, match="Temporal's configuration cannot be read") as caught:
        connection.is_configured()
    assert said in caught.value.message
    assert caught.value.where == str(file)


async def test_a_certificate_without_its_key_is_refused_before_any_connection(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, profiles: dict[str, str]
):
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("TEMPORAL_TLS_CLIENT_CERT_PATH", str(tmp_path / "client.pem"))
    with pytest.raises(BadInput, match="Must have both client cert and private key") as caught:
        await connection.attached(Settings(home=tmp_path))
    assert "docs/settings.md" in caught.value.hint

# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import base64
import contextlib
import hashlib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from ansible_collections.ontap.akv.plugins.module_utils.common.connection import Connection
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import (
    AkvError,
    ConnectionFailedError,
    OptionError,
    Request,
    TlsError,
)
from ansible_collections.ontap.akv.plugins.module_utils.rest import tls
from ansible_collections.ontap.akv.plugins.module_utils.rest.exchange import Response
from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.tests.unit.support import servers
from ansible_collections.ontap.akv.tests.unit.support.certificates import Pair, pair
from ansible_collections.ontap.akv.tests.unit.support.clock import RecordedClock
from ansible_collections.ontap.akv.tests.unit.support.records import PATH

GET = Request("GET", PATH)


@dataclass(frozen=True)
class Authorities:
    """Two certificate authorities, and a server's certificate by the first."""

    folder: Path
    own: str
    foreign: str
    first: Pair
    certificate: str
    key: str

    def context(self, *, clients: bool = False) -> ssl.SSLContext:
        """Return the TLS context of a server. clients: whether it requires a client certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        if clients:
            context.load_verify_locations(self.own)
            context.verify_mode = ssl.CERT_REQUIRED
        return context


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    folder = tmp_path_factory.mktemp("tls")
    first, second = pair("first", authority=True), pair("second", authority=True)
    certificate, key = pair("localhost", issuer=first).pem(folder, "server")
    return Authorities(folder, first.pem(folder, "first")[0], second.pem(folder, "second")[0], first, certificate, key)


@pytest.fixture
def server(authorities: Authorities) -> Iterator[servers.Server]:
    with servers.serving(authorities.context()) as server:
        yield server


def ask(
    port: int, request: Request = GET, *, clock: RecordedClock | None = None, body: Any = None, **more: Any
) -> Response:
    """Send one request to a server on this host."""
    options = {"hostname": "localhost", "port": port, "username": "admin", "password": "netapp1!", "timeout": 5, **more}
    transport = Transport(Connection(**options), clock=(clock or RecordedClock()).clock)
    try:
        return transport.request(request, body=body)
    finally:
        transport.close()


def test_trusts_ca_path(server: servers.Server, authorities: Authorities) -> None:
    assert ask(server.port, ca_path=authorities.own).content == b'{"num_records": 0}'


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_ca_path_overrides_bundle_of_environment(
    server: servers.Server, authorities: Authorities, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, authorities.foreign)
    assert ask(server.port, ca_path=authorities.own).status == 200
    monkeypatch.setenv(variable, authorities.own)
    with pytest.raises(TlsError):
        ask(server.port, ca_path=authorities.foreign)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_validate_certs_false_overrides_bundle_of_environment(
    server: servers.Server, authorities: Authorities, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, authorities.foreign)
    assert ask(server.port, validate_certs=False).status == 200
    monkeypatch.setenv(variable, "/does/not/exist")
    assert ask(server.port, validate_certs=False).status == 200


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_uses_bundle_of_environment_without_ca_path(
    server: servers.Server, authorities: Authorities, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, authorities.own)
    assert ask(server.port).status == 200


def test_accepts_directory_of_authorities(server: servers.Server, authorities: Authorities, tmp_path: Path) -> None:
    with pytest.raises(TlsError):
        ask(server.port, ca_path=str(tmp_path))
    # OpenSSL finds a certificate in a directory by the hash of its subject.
    openssl_name = hash_name(authorities)
    (tmp_path / openssl_name).write_bytes(Path(authorities.own).read_bytes())
    assert ask(server.port, ca_path=str(tmp_path)).status == 200


def hash_name(authorities: Authorities) -> str:
    """Return the file name by which OpenSSL finds the first authority: four bytes of a SHA-1 over its subject."""
    name = b"first"
    text = b"\x0c" + bytes([len(name)]) + name
    attribute = b"\x06\x03\x55\x04\x03" + text
    sequence = b"\x30" + bytes([len(attribute)]) + attribute
    canonical = b"\x31" + bytes([len(sequence)]) + sequence
    digest = hashlib.sha1(canonical, usedforsecurity=False).digest()
    return f"{int.from_bytes(digest[:4], 'little'):08x}.0"


def test_untrusted_certificate_is_refused_without_retry(server: servers.Server, authorities: Authorities) -> None:
    clock = RecordedClock()
    with pytest.raises(TlsError, match="certificate of localhost was not accepted") as failed:
        ask(server.port, clock=clock, ca_path=authorities.foreign)
    assert f"ca_path ({authorities.foreign}) does not contain the certificate authority" in str(failed.value.hint)
    assert clock.slept == []
    assert (server.connections, server.heads) == (1, [])


def test_refuses_certificate_for_another_name(authorities: Authorities, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair("other", issuer=authorities.first, authority=True).pem(tmp_path, "other"))
    with servers.serving(context) as server, pytest.raises(TlsError) as failed:
        ask(server.port, ca_path=authorities.own)
    assert "hostname that the certificate names" in str(failed.value.hint)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
def test_refuses_tls_1_1(authorities: Authorities) -> None:
    context = authorities.context()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with servers.serving(context) as server, pytest.raises(AkvError) as failed:
        ask(server.port, ca_path=authorities.own, max_retries=0)
    assert isinstance(failed.value, (TlsError, ConnectionFailedError))
    assert server.heads == []


def test_reports_server_without_tls(authorities: Authorities) -> None:
    def plain(connection: Any) -> None:
        connection.sendall(servers.ANSWER)

    with servers.serving(end=plain) as server, pytest.raises(AkvError) as failed:
        ask(server.port, ca_path=authorities.own, max_retries=0, timeout=1)
    assert isinstance(failed.value, (TlsError, ConnectionFailedError))


@pytest.mark.parametrize(
    "content", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_invalid_bundle_error_names_ca_path(tmp_path: Path, content: str) -> None:
    bundle = tmp_path / "ca.pem"
    bundle.write_text(content)
    with pytest.raises(OptionError, match="ca_path") as refused:
        ask(1, ca_path=str(bundle))
    assert str(bundle) in refused.value.message


def test_der_bundle_error_names_conversion_command(tmp_path: Path) -> None:
    bundle = tmp_path / "ca.der"
    bundle.write_bytes(pair("authority", authority=True).certificate.public_bytes(Encoding.DER))
    with pytest.raises(OptionError) as refused:
        ask(1, ca_path=str(bundle))
    assert refused.value.message.endswith("it holds no certificate as PEM")
    assert "openssl x509 -inform der" in str(refused.value.hint)


def test_missing_bundle_error_names_environment_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/does/not/exist.pem")
    with pytest.raises(OptionError) as refused:
        ask(1)
    assert refused.value.target == "REQUESTS_CA_BUNDLE"


def test_sends_client_certificate_and_no_password(authorities: Authorities, tmp_path: Path) -> None:
    certificate, key = pair("client", issuer=authorities.first).pem(tmp_path, "client")
    with servers.serving(authorities.context(clients=True)) as server:
        options: dict[str, Any] = {
            "username": None,
            "password": None,
            "cert_filepath": certificate,
            "key_filepath": key,
        }
        assert ask(server.port, ca_path=authorities.own, **options).status == 200
        assert b"Authorization" not in server.heads[0]
        with pytest.raises(AkvError):
            ask(server.port, ca_path=authorities.own, max_retries=0)


def test_refuses_certificate_with_key_of_another(authorities: Authorities, tmp_path: Path) -> None:
    certificate, _key = pair("a").pem(tmp_path, "a")
    _certificate, key = pair("b").pem(tmp_path, "b")
    with pytest.raises(OptionError, match="cert_filepath") as refused:
        ask(1, ca_path=authorities.own, username=None, password=None, cert_filepath=certificate, key_filepath=key)
    assert "belong together" in str(refused.value.hint)


def test_equal_connections_share_tls_context(authorities: Authorities, tmp_path: Path) -> None:
    """A context is shared while it is in use. Any difference, even a replaced file, leads to another context."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(Path(authorities.own).read_bytes())
    certificate, key = pair("client", issuer=authorities.first).pem(tmp_path, "client")
    east = Connection("east.example.com", 443, username="admin", password="netapp1!", ca_path=str(bundle))
    _verify, context = tls.trust(east)
    same = [
        replace(east, hostname="west.example.com", port=8443),
        replace(east, username="other", password="x", timeout=1),
    ]
    assert all(tls.trust(connection)[1] is context for connection in same)
    others = [
        replace(east, ca_path=authorities.foreign),
        replace(east, validate_certs=False),
        replace(east, username=None, password=None, cert_filepath=certificate, key_filepath=key),
    ]
    made = [tls.trust(east, "10.0.0.1")[1], *(tls.trust(connection)[1] for connection in others)]
    assert len({id(each) for each in (context, *made)}) == 5
    bundle.write_bytes(Path(authorities.own).read_bytes() + Path(authorities.foreign).read_bytes())
    renewed = tls.trust(east)[1]
    assert (len(context.get_ca_certs()), len(renewed.get_ca_certs())) == (1, 2)


def test_next_session_uses_replaced_bundle(server: servers.Server, authorities: Authorities, tmp_path: Path) -> None:
    """The previous session keeps the bundle that it has loaded."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(Path(authorities.own).read_bytes())
    first = Transport(Connection("localhost", server.port, username="admin", password="netapp1!", ca_path=str(bundle)))
    assert first.request(GET).status == 200
    bundle.write_bytes(Path(authorities.foreign).read_bytes())
    with pytest.raises(TlsError):
        ask(server.port, ca_path=str(bundle))
    first.close()


def test_ignores_netrc(
    server: servers.Server, authorities: Authorities, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login stranger password hunter2\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    ask(server.port, ca_path=authorities.own)
    ask(server.port, ca_path=authorities.own, username=None, password=None)
    assert read_credentials(server.heads[0]) == "admin:netapp1!"
    assert b"Authorization" not in server.heads[1]


def test_sends_user_name_and_password_as_utf_8(server: servers.Server, authorities: Authorities) -> None:
    ask(server.port, ca_path=authorities.own, username="jürgen", password="naïve€:pässword")
    assert read_credentials(server.heads[0]) == "jürgen:naïve€:pässword"


def read_credentials(head: bytes) -> str:
    """Return user name and password of a request."""
    line = next(line for line in head.decode().splitlines() if line.startswith("Authorization: Basic "))
    return base64.b64decode(line.split(" ", 2)[2]).decode()


def test_reuses_connection_for_next_request(server: servers.Server, authorities: Authorities) -> None:
    connection = Connection(hostname="localhost", port=server.port, username="u", password="p", ca_path=authorities.own)
    transport = Transport(connection)
    for _number in range(3):
        transport.request(GET)
    transport.close()
    assert (server.connections, len(server.heads)) == (1, 3)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_refused_connection_is_retried_and_not_sent(authorities: Authorities, method: str) -> None:
    clock = RecordedClock()
    with pytest.raises(ConnectionFailedError, match="Connection refused") as failed:
        ask(servers.free_port(), Request(method, PATH), clock=clock, ca_path=authorities.own)
    assert not failed.value.sent
    assert len(clock.slept) == 3


def test_unknown_host_name_is_not_sent(authorities: Authorities) -> None:
    with pytest.raises(ConnectionFailedError, match=r"no connection to nowhere\.invalid:443") as failed:
        ask(443, ca_path=authorities.own, hostname="nowhere.invalid", max_retries=0)
    assert not failed.value.sent


def close(connection: Any) -> None:
    """Close TLS without sending a response."""
    with contextlib.suppress(OSError):
        connection.unwrap()


def cut(connection: Any) -> None:
    """Close the connection in the middle of the response."""
    connection.sendall(servers.ANSWER[:-5])


def drop(connection: Any) -> None:
    """Drop the connection without closing TLS."""
    connection.close()


@pytest.mark.parametrize("end", [cut, drop, close])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_connection_lost_after_request_counts_as_sent(
    authorities: Authorities, end: servers.Behaviour, method: str
) -> None:
    clock = RecordedClock()
    with (
        servers.serving(authorities.context(), end=end) as server,
        pytest.raises(ConnectionFailedError, match="was lost") as failed,
    ):
        ask(server.port, Request(method, PATH), clock=clock, body={"a": 1}, ca_path=authorities.own)
    assert failed.value.sent
    assert len(server.heads) == (1 if method == "POST" else 4)


def test_missing_response_is_a_timeout(authorities: Authorities) -> None:
    def silent(connection: Any) -> None:
        connection.recv(1)

    with (
        servers.serving(authorities.context(), end=silent) as server,
        pytest.raises(ConnectionFailedError, match="in time") as failed,
    ):
        ask(server.port, Request("POST", PATH), ca_path=authorities.own, timeout=1)
    assert failed.value.sent
    assert "now 1 s" in str(failed.value.hint)


def test_reports_response_that_is_not_http(authorities: Authorities) -> None:
    def babble(connection: Any) -> None:
        connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

    with servers.serving(authorities.context(), end=babble) as server, pytest.raises(AkvError) as failed:
        ask(server.port, ca_path=authorities.own, max_retries=0)
    assert failed.value.message


def test_uses_proxy_of_environment(authorities: Authorities, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(connection: Any) -> None:
        connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with servers.serving(end=refuse) as proxy:
        monkeypatch.setenv("https_proxy", f"http://someone:hunter2@127.0.0.1:{proxy.port}")
        with pytest.raises(ConnectionFailedError, match=r"did not connect to it \(HTTP 403\)") as failed:
            ask(443, ca_path=authorities.own, hostname="cluster.example.com", max_retries=0)
        assert proxy.heads[0].startswith(b"CONNECT cluster.example.com:443 ")
    assert not failed.value.sent
    assert "hunter2" not in failed.value.as_text()


def test_honors_no_proxy(server: servers.Server, authorities: Authorities, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{servers.free_port()}")
    monkeypatch.setenv("no_proxy", "localhost")
    assert ask(server.port, ca_path=authorities.own).status == 200


def test_verifies_certificate_of_cluster_through_proxy(
    authorities: Authorities, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy accepts CONNECT and then acts as the cluster, which only its certificate authenticates."""

    def tunnel(connection: Any) -> None:
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with authorities.context().wrap_socket(connection, server_side=True) as inner:
            servers.read_head(inner)
            inner.sendall(servers.ANSWER)

    monkeypatch.setenv("REQUESTS_CA_BUNDLE", authorities.foreign)
    with servers.serving(end=tunnel) as proxy:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        assert ask(443, ca_path=authorities.own).status == 200
        assert ask(443, validate_certs=False).status == 200
        with pytest.raises(TlsError):
            ask(443)


def test_connects_over_plain_http() -> None:
    with servers.serving() as server:
        assert ask(server.port, https=False).status == 200
    assert read_credentials(server.heads[0]) == "admin:netapp1!"


def test_repr_of_connection_hides_password() -> None:
    connection = Connection(hostname="c", port=443, username="u", password="hunter2")
    assert "hunter2" not in repr(connection)
    assert replace(connection, port=1).password == "hunter2"

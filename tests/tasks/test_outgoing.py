"""Addresses that people type in lead to the public internet and nowhere else."""

import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tasks.outgoing import AddressRefused, Outgoing, check_url, is_public

PUBLIC = "93.184.216.34"


class Host:
    """A server on this machine that stands for one on the internet."""

    def __init__(self) -> None:
        self.status, self.headers, self.body = 200, {}, b"{}"
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                host.requests.append((self.path, dict(self.headers), body))
                self.send_response(host.status)
                for name, value in host.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(host.body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.opened: list[tuple[str, int, str]] = []
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def outgoing(self, *addresses: str) -> Outgoing:
        """Requests that believe every host to be at `addresses` and come to this server."""

        def connect(host: str, port: int, address: str) -> http.client.HTTPConnection:
            self.opened.append((host, port, address))
            return http.client.HTTPConnection("127.0.0.1", self._server.server_port, timeout=5)

        return Outgoing(resolve=lambda _host, _port: addresses or (PUBLIC,), open=connect)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    yield host
    host.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://chat.example/hook",
        "ftp://chat.example/",
        "file:///etc/passwd",
        "https://",
        "https://me@chat.example/",
        "https://me:secret@chat.example/",
        "https://chat.example:99999/",
        "https://chat.example:0/",
        "https://chat.example/a b",
        "https://chat.example/\r\nHost: evil.example",
        "https://[::1/",
        "chat.example",
        "",
    ],
)
def test_only_https_to_a_plain_host_is_an_address(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "198.18.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_a_host_at_an_address_of_our_own_networks_is_refused_also_among_public_ones(host: Host, address: str) -> None:
    assert not is_public(address)
    for addresses in ((address,), (PUBLIC, address), (address, PUBLIC)):
        with pytest.raises(AddressRefused):
            host.outgoing(*addresses).post("https://chat.example/hook", b"{}", {})
    assert host.opened == []


def test_a_host_without_an_address_is_refused(host: Host) -> None:
    with pytest.raises(AddressRefused):
        Outgoing(resolve=lambda _host, _port: (), open=host.outgoing().open).post("https://chat.example/", b"", {})


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1:248:1893:25c8:1946"])
def test_a_message_goes_to_the_address_that_was_checked(host: Host, address: str) -> None:
    answer = host.outgoing(address).post("https://chat.example:8443/hook?key=1", b'{"a": 1}', {"X-One": "1"})
    assert (answer.status, answer.body) == (200, b"{}")
    assert host.opened == [("chat.example", 8443, address)]
    ((path, headers, body),) = host.requests
    assert (path, headers["X-One"], body) == ("/hook?key=1", "1", b'{"a": 1}')


def test_a_redirect_is_not_followed(host: Host) -> None:
    host.status, host.headers = 302, {"Location": "http://169.254.169.254/latest"}
    assert host.outgoing().post("https://chat.example/", b"", {}).status == 302
    assert len(host.requests) == 1


def test_a_long_answer_is_not_read_to_its_end(host: Host) -> None:
    host.body = b"x" * 200_000
    assert len(host.outgoing().post("https://chat.example/", b"", {}).body) == 64 * 1024


def test_what_is_no_http_is_a_fault_that_may_pass(host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise http.client.BadStatusLine("https://chat.example/secret")

    monkeypatch.setattr(http.client.HTTPConnection, "getresponse", fail)
    with pytest.raises(OSError, match="does not speak HTTP") as told:
        host.outgoing().post("https://chat.example/secret", b"", {})
    assert "secret" not in str(told.value)

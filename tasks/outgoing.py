"""Requests to addresses that people typed in: https, to the public internet only, to the very host that was checked."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

_TIMEOUT_SECONDS = 10
_MOST_SECONDS = 30
_MOST_BYTES = 64 * 1024
_HTTPS_PORT = 443
# Global by their register, yet they lead into networks of the operator's own: NAT64, 6to4, Teredo.
_TUNNELS = tuple(ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32"))


class AddressRefused(Exception):
    """This program does not send anything to that address."""


Resolve = Callable[[str, int], Sequence[str]]
Open = Callable[[str, int, str], http.client.HTTPConnection]


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes


def check_url(url: str) -> SplitResult:
    """The parts of an https address. Raises `AddressRefused` for anything else, without asking any name server."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("it is not an address") from error
    if parts.scheme != "https" or not parts.hostname or not url.isascii() or not url.isprintable() or " " in url:
        raise AddressRefused("it does not begin with https:// and a host")
    if parts.username is not None or parts.password is not None:
        raise AddressRefused("it holds a user name")
    if port == 0:
        raise AddressRefused("port 0 is none")
    return parts


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, and not to a network that only we can reach."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in net for net in _TUNNELS):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved and not ip.is_unspecified


def _resolve(host: str, port: int) -> Sequence[str]:
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


class _Pinned(http.client.HTTPSConnection):
    """Connects to the address that was checked, whatever a name server says now; the certificate is for `host`."""

    def __init__(self, host: str, port: int, address: str) -> None:
        self._tls = ssl.create_default_context()
        super().__init__(host, port, timeout=_TIMEOUT_SECONDS, context=self._tls)
        self._address = address

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), _TIMEOUT_SECONDS)
        self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)


@dataclass(frozen=True)
class Outgoing:
    """`resolve` and `open` are the network; tests put their own in."""

    resolve: Resolve = _resolve
    open: Open = _Pinned

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send `body` and read the answer; no redirect is followed.

        Raises `AddressRefused`, or `OSError` when trying again later may help. Neither names the address.
        """
        parts = check_url(url)
        host, port = parts.hostname or "", parts.port or _HTTPS_PORT
        addresses = self.resolve(host, port)
        if not addresses or not all(is_public(address) for address in addresses):
            raise AddressRefused("its host is not on the public internet")
        connection = self.open(host, port, addresses[0])
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            connection.request("POST", path, body=body, headers=dict(headers))
            response = connection.getresponse()
            return Answer(response.status, _read(response))
        except http.client.HTTPException as error:
            raise ConnectionError(f"the host does not speak HTTP ({type(error).__name__})") from error
        finally:
            connection.close()


def _read(response: http.client.HTTPResponse) -> bytes:
    """The beginning of the answer. A host that sends a byte now and then is not waited for."""
    deadline, read = time.monotonic() + _MOST_SECONDS, b""
    while len(read) < _MOST_BYTES and (part := response.read1(_MOST_BYTES - len(read))):
        read += part
        if time.monotonic() > deadline:
            raise TimeoutError("the host answers too slowly")
    return read

# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTP proxy that maps the names of clusters to simulators, so that examples with such names run unchanged."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Mapping
from contextlib import AbstractContextManager

from ansible_collections.ontap.akv.tests.integration.support.serving import serving

_CHUNK = 64 * 1024


def _copied(source: socket.socket, destination: socket.socket) -> None:
    """Sends on what comes until the end, which is sent on, too."""
    try:
        while data := source.recv(_CHUNK):
            destination.sendall(data)
        destination.shutdown(socket.SHUT_WR)
    except OSError:
        # One of the two is gone; the other end of the tunnel sees it.
        pass


class _Tunnel(socketserver.StreamRequestHandler):
    """One CONNECT (RFC 9110, 9.3.6)."""

    server: _Server

    def handle(self) -> None:
        method, target, _version = self.rfile.readline().decode().split()
        while self.rfile.readline().strip():
            pass
        address = self.server.addresses.get(target.rpartition(":")[0])
        if method != "CONNECT" or address is None:
            self.wfile.write(b"HTTP/1.1 502 No such cluster\r\nContent-Length: 0\r\n\r\n")
            return
        with socket.create_connection(address) as cluster:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=_copied, args=(cluster, self.connection), daemon=True)
            back.start()
            _copied(self.connection, cluster)
            back.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, addresses: Mapping[str, tuple[str, int]]) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.addresses = addresses


def proxy(addresses: Mapping[str, tuple[str, int]]) -> AbstractContextManager[str]:
    """Serves a proxy and gives its URL. addresses: host name -> where it leads to, whatever the port."""
    return serving(_Server(addresses))

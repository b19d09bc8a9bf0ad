# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A time limit for a whole HTTP request, however slowly its answer comes.

The time-out that the HTTP libraries know is one for each read: a server that sends a byte now and then is never caught
by it. Here every read and write of a socket gets what is left of the limit of the request that its thread is busy with.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_current = threading.local()


@contextmanager
def limited(left: Callable[[], float]) -> Iterator[None]:
    """Limits what this thread reads and writes meanwhile. left: gives the seconds that are left, 0 at the end."""
    _current.left = left
    try:
        yield
    finally:
        del _current.left


def _apply_limit(sock: socket.socket) -> None:
    """Gives a socket what is left; raises TimeoutError where nothing is."""
    left: Callable[[], float] | None = getattr(_current, "left", None)
    if left is None:
        return
    seconds = left()
    if seconds <= 0:
        # In Python 3.9 it is no TimeoutError.
        raise socket.timeout("the time for the request is over")
    sock.settimeout(seconds)


class LimitedSocket(socket.socket):
    """A TCP socket; it serves plain HTTP, and the tunnel through a proxy before TLS begins."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Reads, within the limit."""
        _apply_limit(self)
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        """Writes, within the limit."""
        _apply_limit(self)
        super().sendall(*args, **kwargs)


class LimitedTlsSocket(ssl.SSLSocket):
    """A TLS socket; everything that is read, headers too, goes through read()."""

    def read(self, *args: Any, **kwargs: Any) -> Any:
        """Reads, within the limit."""
        _apply_limit(self)
        return super().read(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        """Writes, within the limit."""
        _apply_limit(self)
        return super().send(*args, **kwargs)


def limited_socket(sock: socket.socket) -> LimitedSocket:
    """Returns a connected socket as one that keeps the limit."""
    timeout = sock.gettimeout()
    mine = LimitedSocket(sock.family, sock.type, sock.proto, fileno=sock.detach())
    mine.settimeout(timeout)
    return mine

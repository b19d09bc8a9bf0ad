# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A time limit for a whole HTTP request, however slowly its response arrives.

The timeout of the HTTP libraries applies to each read: it never ends a request to a server that sends a byte now and
then. Here, every read and write of a socket may take what is left of the time limit of its thread's current request.
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
def limit_time(left: Callable[[], float]) -> Iterator[None]:
    """Limit the reads and writes of this thread in the block. left: returns the seconds left, 0 at the end."""
    _current.left = left
    try:
        yield
    finally:
        del _current.left


def _apply_limit(sock: socket.socket) -> None:
    """Set the timeout of a socket to the time that is left; raise TimeoutError if none is left."""
    left: Callable[[], float] | None = getattr(_current, "left", None)
    if left is None:
        return
    seconds = left()
    if seconds <= 0:
        # In Python 3.9, this is not a TimeoutError.
        raise socket.timeout("the time for the request is over")
    sock.settimeout(seconds)


class LimitedSocket(socket.socket):
    """A TCP socket, for plain HTTP and for the tunnel through a proxy before TLS starts."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        """Read, within the limit."""
        _apply_limit(self)
        return super().recv_into(*args, **kwargs)

    def sendall(self, *args: Any, **kwargs: Any) -> None:
        """Write, within the limit."""
        _apply_limit(self)
        super().sendall(*args, **kwargs)


class LimitedTlsSocket(ssl.SSLSocket):
    """A TLS socket; all reads, including those of headers, go through read()."""

    def read(self, *args: Any, **kwargs: Any) -> Any:
        """Read, within the limit."""
        _apply_limit(self)
        return super().read(*args, **kwargs)

    def send(self, *args: Any, **kwargs: Any) -> int:
        """Write, within the limit."""
        _apply_limit(self)
        return super().send(*args, **kwargs)


def limit_socket(sock: socket.socket) -> LimitedSocket:
    """Return a connected socket as one that keeps the limit."""
    timeout = sock.gettimeout()
    mine = LimitedSocket(sock.family, sock.type, sock.proto, fileno=sock.detach())
    mine.settimeout(timeout)
    return mine

# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fast responses in place of requests' adapter, for tests that try thousands of responses."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter

from ansible_collections.ontap.akv.plugins.module_utils.rest.transport import Transport
from ansible_collections.ontap.akv.plugins.module_utils.run import task
from ansible_collections.ontap.akv.tests.unit.support.clock import RecordedClock

#: Method -> status and body of the response. A body is anything that Python's json can write.
Respond = Callable[[str], tuple[int, Any]]


@contextmanager
def responding(respond: Respond) -> Iterator[list[str]]:
    """Respond to every request within the context. Yield the growing list of their methods."""
    methods: list[str] = []

    def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **_kwargs: Any) -> requests.Response:
        methods.append(str(request.method))
        status, body = respond(methods[-1])
        raw = urllib3.HTTPResponse(
            body=io.BytesIO(json.dumps(body).encode()),
            headers={"Content-Type": "application/json"},
            status=status,
            preload_content=False,
        )
        response: requests.Response = adapter.build_response(request, raw)
        return response

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HTTPAdapter, "send", send)
        patch.setattr(task, "Transport", partial(Transport, clock=RecordedClock().clock))
        yield methods

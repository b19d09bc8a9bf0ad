# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""azure_key_vault: the client certificate, its forms and its errors."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.certificates import base64_of, lines_of, pfx
from ansible_collections.ontap.akv.tests.integration.support.tasks import DESCRIBED, PROPERTIES, akv, configured
from ansible_collections.ontap.akv.tests.unit.support.dates import get_today
from simulator import Simulator

TEXT = '\nclient_certificate: "{{ certificate }}"'
FILE = '\nclient_certificate_path: "{{ certificate_path }}"'


def _given(ansible: Ansible, content: bytes) -> str:
    """Set a certificate as variable and secret, and return its base64."""
    ansible.secrets.hide("certificate", base64_of(content))
    ansible.secrets.hide("certificate", lines_of(content))
    ansible.variables["certificate"] = lines_of(content)
    return base64_of(content)


def test_base64_may_have_line_breaks(ansible: Ansible) -> None:
    """White space is removed before it is sent; the configuration then uses a certificate."""
    sent = _given(ansible, pfx())
    cycle = (
        ansible.cycle(akv(f"svm: [svm1, svm2]\nupdate_credentials: on_create{DESCRIBED}{TEXT}"))
        .ok()
        .predicted()
        .settled()
    )
    assert [body["client_certificate"] for body in cycle.apply.requests.bodies] == [sent, sent]
    assert [record["authentication_method"] for record in cycle.apply.records] == ["certificate", "certificate"]
    assert cycle.check.records[0]["authentication_method"] == "certificate"
    assert cycle.check.result["diff"]["after"]["svm1"]["client_certificate"] == "will be sent"
    assert cycle.apply.warnings == ""


def test_certificate_is_read_from_file(ansible: Ansible, tmp_path: Path) -> None:
    """A DER file and a file with its base64 are sent in the same way; the content of a file is a secret too."""
    content = pfx()
    sent = _given(ansible, content)
    (tmp_path / "der.pfx").write_bytes(content)
    (tmp_path / "base64.pfx").write_text(lines_of(content), encoding="ascii")
    ansible.variables["certificate_path"] = str(tmp_path / "der.pfx")
    cycle = ansible.cycle(akv(f"svm: svm1\nupdate_credentials: on_create{DESCRIBED}{FILE}")).ok().predicted().settled()
    again = ansible.task(akv(f"svm: svm2\nclient_certificate_path: {tmp_path}/base64.pfx{DESCRIBED}")).ok()
    assert cycle.apply.requests.bodies == [{"svm": {"name": "svm1"}, **PROPERTIES, "client_certificate": sent}]
    assert again.requests.bodies == [{"svm": {"name": "svm2"}, **PROPERTIES, "client_certificate": sent}]


def test_certificate_replaces_secret(ansible: Ansible, simulator: Simulator) -> None:
    """Another method of authentication is a visible difference, regardless of update_credentials."""
    configured(simulator, "svm1")
    sent = _given(ansible, pfx())
    cycle = ansible.cycle(akv(f"svm: svm1\nupdate_credentials: on_create{TEXT}")).ok().predicted().settled()
    assert cycle.apply.requests.lines == ["GET", "PATCH /UUID", "GET"]
    assert cycle.apply.requests.bodies == [{"client_certificate": sent}]
    assert cycle.check.records == cycle.apply.records


def test_warns_about_certificate_with_password(ansible: Ansible) -> None:
    """It is sent because ONTAP decides. A warning says that its dates could not be checked."""
    sent = _given(ansible, pfx(ends=-0.5, password=b"unknown"))
    cycle = ansible.cycle(akv(f"svm: svm1\nupdate_credentials: on_create{DESCRIBED}{TEXT}")).ok().predicted().settled()
    assert [body["client_certificate"] for body in cycle.apply.requests.bodies] == [sent]
    for run in (cycle.check, cycle.apply):
        assert "could not be checked" in run.warnings
        assert "password" in run.warnings


def test_invalid_certificate_is_refused_before_any_request(
    ansible: Ansible, simulator: Simulator, tmp_path: Path
) -> None:
    """Each message names the option and the problem, and does not contain the content."""
    today = get_today()
    contents = {
        "expired": pfx(begins=-3, ends=-2),
        "early": pfx(begins=2, ends=3),
        "cut": pfx()[:-20],
        "no_pkcs12": (
            b"\x30\x03\x02\x01\x05" + b"something that is no PKCS#12 but long enough to be seen in an output" * 3
        ),
    }
    for name, content in contents.items():
        ansible.variables[name] = ansible.secrets.hide(name, base64_of(content))
        (tmp_path / f"{name}.pfx").write_bytes(content)
    ansible.variables["no_base64"] = ansible.secrets.hide(
        "no_base64", "this-is-no-base64-but-may-be-a-secret-all-the-same!"
    )
    (tmp_path / "empty.pfx").touch()
    cases = {
        'client_certificate: "{{ expired }}"': (
            f"client_certificate: the certificate expired on {today - dt.timedelta(days=2):%Y-%m-%d}"
        ),
        f"client_certificate_path: {tmp_path}/expired.pfx": (
            f"client_certificate_path: the certificate expired on {today - dt.timedelta(days=2):%Y-%m-%d}"
        ),
        'client_certificate: "{{ early }}"': (
            f"client_certificate: the certificate is not valid before {today + dt.timedelta(days=2):%Y-%m-%d}"
        ),
        'client_certificate: "{{ cut }}"': "client_certificate: it is cut off",
        'client_certificate: "{{ no_pkcs12 }}"': "client_certificate: it is not a PKCS#12",
        f"client_certificate_path: {tmp_path}/no_pkcs12.pfx": "client_certificate_path: it is not a PKCS#12",
        'client_certificate: "{{ no_base64 }}"': "client_certificate: it is not base64",
        'client_certificate: ""': "client_certificate: it is empty",
        f"client_certificate_path: {tmp_path}/nonesuch.pfx": (
            f"client_certificate_path: {tmp_path}/nonesuch.pfx cannot be read"
        ),
        f"client_certificate_path: {tmp_path}": f"client_certificate_path: {tmp_path} cannot be read",
        f"client_certificate_path: {tmp_path}/empty.pfx": f"client_certificate_path: {tmp_path}/empty.pfx is empty",
    }
    runs = ansible.tasks([akv(f"svm: svm1{DESCRIBED}\n{given}") for given in cases])
    for run, message in zip(runs, cases.values(), strict=True):
        assert run.refused().msg.startswith(message)
        assert run.error["target"] == message.partition(":")[0]
        assert (run.error["code"], run.error["status"]) == (None, None)
    assert simulator.control.log() == []


@pytest.mark.parametrize("code", ["65537573", "3735700"])
def test_shows_error_of_ontap_without_certificate(ansible: Ansible, simulator: Simulator, code: str) -> None:
    """ONTAP's code and message are reported with a hint; the certificate is masked even if ONTAP repeats it."""
    _given(ansible, pfx())
    simulator.control.knob(echo_body=True)
    simulator.control.condition("create", code)
    run = ansible.task(akv(f"svm: svm1{DESCRIBED}{TEXT}")).refused()
    assert run.error["code"] == code
    assert run.error["hint"]
    assert run.msg.startswith("svm1: ")
    assert run.error["hint"] in run.msg
    assert run.requests.lines == ["GET", "POST"]

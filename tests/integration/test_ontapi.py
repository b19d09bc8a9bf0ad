# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""use_rest: never with faults: trust, timeouts, lost responses, a missing library; test_releases.py has successful
runs.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.ontap.akv.plugins.module_utils.common.interrupt import Stop, handle_signals
from ansible_collections.ontap.akv.plugins.module_utils.rest import ontapi
from ansible_collections.ontap.akv.plugins.modules import akv_info, akv_rekey, akv_restore
from ansible_collections.ontap.akv.tests.integration.support.ansible import Ansible
from ansible_collections.ontap.akv.tests.integration.support.inprocess import Done, run_brisk
from ansible_collections.ontap.akv.tests.integration.support.log import until
from ansible_collections.ontap.akv.tests.integration.support.tasks import OTHER_KEY, configured, info, rekey, restore
from simulator import Simulator

ONTAPI = "/servlets/netapp.servlets.admin.XMLrequest_filer"
NEVER: dict[str, Any] = {"svm": ["svm1"], "use_rest": "never"}


@pytest.fixture(autouse=True)
def _with_keys(simulator: Simulator) -> None:
    configured(simulator, "svm1", "svm2")
    for svm in ("svm1", "svm2"):
        simulator.control.svm(svm, volumes=1, encrypted_volumes=1)


def internal(simulator: Simulator, **options: Any) -> Done:
    return run_brisk(simulator, akv_rekey, key="internal", **{**NEVER, **options})


def rekeyed(simulator: Simulator, svm: str = "svm1") -> int:
    return int(simulator.control.state()["svms"][svm]["configuration"]["done"].get("rekey-internal", 0))


def test_untrusted_server_gets_no_request(simulator: Simulator, foreign_ca: Path) -> None:
    """Like REST: an untrusted certificate is refused before login, validate_certs: false accepts it, a client
    certificate logs in.
    """
    refused = internal(simulator, ca_path=str(foreign_ca))
    assert "was not accepted" in refused.result["msg"]
    assert refused.requests == []
    assert not internal(simulator, ca_path=str(foreign_ca), validate_certs=False).failed
    login = {"cert_filepath": simulator.client_cert_path, "key_filepath": simulator.client_key_path}
    done = internal(simulator, **login)
    assert (done.failed, done.requests[0]["auth"]) == (False, "certificate")
    assert rekeyed(simulator) == 2


def test_certificate_of_another_host_is_refused(simulator: Simulator) -> None:
    with Simulator(svms=["svm1"], wrong_host_cert=True) as other:
        done = internal(other)
    assert "was not accepted" in done.result["msg"]
    assert done.requests == []


@pytest.mark.parametrize("svms", [["svm1"], ["svm1", "svm2"]])
def test_wrong_password_is_tried_once(simulator: Simulator, svms: list[str]) -> None:
    """netapp-lib would otherwise send a request without a password first, and retry."""
    done = internal(simulator, svm=svms, username="admin", password="wrong", concurrency=1)
    assert [entry["status"] for entry in done.requests] == [401]
    assert done.result["error"]["status"] == 401
    assert done.result["changed"] is False
    assert rekeyed(simulator) == 0


def test_wrong_password_is_tried_once_for_many_svms(simulator: Simulator) -> None:
    """No request is needed first, so one SVM starts alone: concurrent attempts could lock the account."""
    svms = [f"svm{number}" for number in range(1, 10)]
    done = internal(simulator, svm=svms, username="admin", password="wrong")
    assert [entry["status"] for entry in done.requests] == [401]
    assert [entry["action"] for entry in done.result["results"]] == ["rekey", *["none"] * 8]


def test_redirect_is_not_followed(simulator: Simulator) -> None:
    simulator.control.fault("redirect", location="https://elsewhere.example.com/", status=302)
    done = internal(simulator)
    assert "redirect (HTTP 302) to elsewhere.example.com" in done.result["msg"]
    assert len(done.requests) == 1


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("drop_after", {}),
        ("drop_during", {}),
        ("slow_after", {"seconds": 4}),
        ("drip", {"seconds": 0.5, "chunk": 20}),
        ("status_after", {"status": 502, "body": "html"}),
        ("status_after", {"status": 503, "body": "html"}),
        ("huge", {"bytes": 33 * 1024 * 1024}),
        ("html", {"status": 200}),
        ("wrong_shape", {"body": {"records": []}}),
    ],
)
def test_lost_response_is_unknown_outcome(simulator: Simulator, fault: str, options: dict[str, Any]) -> None:
    """It is reported as unknown and changed, and never sent again."""
    simulator.control.fault(fault, path=ONTAPI, **options)
    done = internal(simulator, wait_timeout=2, diff=True)
    assert done.result["diff"]["after"] == {"svm1": {"internal_key": "will be re-keyed"}}
    assert done.failed
    assert "the outcome is unknown" in done.only["error"]["message"]
    assert (done.only["changed"], done.only["action"], len(done.requests)) == (True, "rekey", 1)


def test_no_connection_changes_nothing(simulator: Simulator) -> None:
    """Nothing listens on the port, so nothing was sent."""
    done = internal(simulator, http_port=1, max_retries=1)
    assert "no connection to" in done.result["msg"]
    assert (done.failed, done.only["changed"], rekeyed(simulator)) == (True, False, 0)


def test_external_entities_are_not_read(simulator: Simulator, tmp_path: Path) -> None:
    """netapp-lib's parser would include the file in the message."""
    (tmp_path / "file").write_text("content-of-a-file", encoding="utf-8")
    document = (
        f'<!DOCTYPE netapp [<!ENTITY x SYSTEM "file://{tmp_path}/file">]><netapp><results status="failed"'
        ' errno="1"><reason>&x;</reason></results></netapp>'
    )
    listener = _FixedServer(document.encode())
    with listener as port:
        done = internal(
            simulator, hostname="127.0.0.1", http_port=port, https=False, username="admin", password="secret"
        )
    assert "the response is not ONTAPI's" in done.result["msg"]
    assert "content-of-a-file" not in str(done.result)


_HEAD = "<?xml version='1.0' encoding='UTF-8' ?><!DOCTYPE netapp SYSTEM 'file:/etc/netapp_gx.dtd'>"


@pytest.mark.parametrize(
    "document",
    [
        (
            f"{_HEAD}<netapp><results"
            " status='passed'><cli-output>&nobody;</cli-output><cli-result-value>&nobody;</cli-result-value></results></netapp>"
        ),
        "<netapp><results/></netapp>",
        "<netapp><results status='passed'><cli-result-value>0</cli-result-value></results></netapp>",
        "<netapp><results status='passed'><cli-result-value/></results></netapp>",
        "<netapp><results status='passed'><cli-result-value>11</cli-result-value></results></netapp>",
        "<netapp><results status='failed'><cli-result-value>1</cli-result-value></results></netapp>",
        "<netapp><result status='passed'><cli-result-value>1</cli-result-value></result></netapp>",
        "<?xml version='1.0' encoding='none-of-them'?><netapp/>",
        "<!-- only this -->",
        "<a:netapp><results status='passed'/></a:netapp>",
        (
            '<!DOCTYPE n [<!ENTITY v "1">]><netapp><results'
            ' status="passed"><cli-result-value>&v;</cli-result-value></results></netapp>'
        ),
        "",
        "\0",
        "<" * 5000,
        "<a>" * 5000,
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-7", "cp037"])
def test_invalid_response_is_error(simulator: Simulator, document: str, encoding: str) -> None:
    """Every such response is an error without a traceback, in any encoding."""
    with _FixedServer(document.replace("UTF-8", encoding).encode(encoding)) as port:
        done = internal(
            simulator, hostname="127.0.0.1", http_port=port, https=False, username="admin", password="secret"
        )
    assert done.failed
    assert done.only["error"]["message"]


@pytest.mark.parametrize("status", [201, 202, 206])
def test_other_success_status_is_unknown_outcome(simulator: Simulator, status: int) -> None:
    """ONTAPI has only one status for success."""
    with _FixedServer(
        b"<netapp><results status='passed'><cli-result-value>1</cli-result-value></results></netapp>", status
    ) as port:
        done = internal(
            simulator, hostname="127.0.0.1", http_port=port, https=False, username="admin", password="secret"
        )
    assert "the outcome is unknown" in done.result["msg"]
    assert done.only["changed"] is True


def test_request_has_version_level_and_words(simulator: Simulator) -> None:
    """It has the ONTAPI release of ONTAP 9.8, one word in each argument, and the privilege level of the command."""
    (entry,) = internal(simulator).requests
    for part in (
        'version="1.150"',
        "<priv>advanced</priv>",
        "<arg>rekey-internal</arg><arg>-vserver</arg><arg>svm1</arg></args>",
    ):
        assert part in entry["body"]


@pytest.mark.parametrize(
    "content",
    [
        "<!-- a --><cli-output>done</cli-output><?b c?><cli-result-value>1</cli-result-value>",
        "<cli-result-value>1</cli-result-value>",
        "<cli-output>\7\n</cli-output><cli-result-value>1</cli-result-value>",
    ],
)
def test_success_is_recognized(simulator: Simulator, content: str) -> None:
    """A bell character is invalid in XML, but some commands print it."""
    with _FixedServer(f"{_HEAD}<netapp><results status='passed'>{content}</results></netapp>".encode()) as port:
        done = internal(
            simulator, hostname="127.0.0.1", http_port=port, https=False, username="admin", password="secret"
        )
    assert (done.failed, done.only["changed"]) == (False, True)


@pytest.mark.parametrize(
    "svm",
    [
        '"svm1"',
        "'svm1'",
        "svm1;svm2",
        "-svm1",
        "{svm1}",
        "svm1\\",
        "~svm1",
        "svm1?",
        "svm\u00fc",
        "svm1&",
        "$svm1",
        "#svm1",
    ],
)
def test_svm_name_with_special_characters_is_refused(simulator: Simulator, svm: str) -> None:
    """The cluster parses the words of a command again, so a name that no SVM can have is not sent."""
    done = internal(simulator, svm=["svm1", svm])
    assert (done.result["error"]["target"], done.requests, rekeyed(simulator)) == ("svm", [], 0)


@pytest.mark.parametrize(
    "key", ["key1;x", 'key1"', "key1'", "key1\\", "key1$", "key1\1", "key1{", "key1|", "key1*", "k\u00fc"]
)
def test_key_with_special_characters_is_refused(simulator: Simulator, key: str) -> None:
    done = run_brisk(simulator, akv_rekey, **NEVER, key="external", key_id=OTHER_KEY.replace("key2", key))
    assert (done.result["error"]["target"], done.requests) == ("key_id", [])


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("uuid", {"svm": None, "uuid": "024cd3cf-9a08-11ea-8d52-005056bbeba5"}),
        ("scope", {"svm": None, "scope": "cluster"}),
        ("scope", {"scope": "svm"}),
        ("configuration", {"configuration": "second"}),
        ("configuration", {"configuration": "default"}),
        ("svm", {"svm": None}),
        ("svm", {"svm": ["svm*"]}),
        ("svm", {"svm": ["svm1", "024cd3cf-9a08-11ea-8d52-005056bbeba5"]}),
        ("wait", {"wait": False}),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_options_without_command_are_refused(
    simulator: Simulator, target: str, options: dict[str, Any], check_mode: bool
) -> None:
    """A command can only name an SVM, not one of its configurations."""
    done = internal(simulator, check_mode=check_mode, **options)
    assert (done.result["error"]["target"], done.requests) == (target, [])


@pytest.mark.parametrize("check_mode", [True, False])
def test_external_key_is_in_fields_and_diff(simulator: Simulator, check_mode: bool) -> None:
    """The field and the diff show the new key; the previous one is unknown."""
    done = run_brisk(simulator, akv_rekey, **NEVER, key="external", key_id=OTHER_KEY, check_mode=check_mode, diff=True)
    assert (done.only["fields"], done.result["diff"]) == (
        ["key_id"],
        {"before": {"svm1": {}}, "after": {"svm1": {"key_id": OTHER_KEY}}},
    )


@pytest.mark.parametrize("svm", ["svm-1", "svm.1", "_svm1", "SVM1"])
def test_valid_svm_name_is_accepted(simulator: Simulator, svm: str) -> None:
    simulator.control.add_svm(svm, volumes=1, encrypted_volumes=1)
    configured(simulator, svm)
    assert not internal(simulator, svm=[svm]).failed
    assert rekeyed(simulator, svm) == 1


def test_missing_right_starts_no_further_command(simulator: Simulator) -> None:
    """ONTAPI reports them with HTTP 200 and an error number."""
    simulator.control.user("reader", "secret-of-the-reader", role="readonly")
    done = internal(simulator, svm=["svm1", "svm2"], username="reader", password="secret-of-the-reader", concurrency=1)
    assert [entry["action"] for entry in done.result["results"]] == ["rekey", "none"]
    assert (done.result["error"]["code"], len(done.requests)) == ("13003", 1)
    assert "advanced privilege level" in done.result["msg"]


def test_unavailable_service_is_unknown_outcome(simulator: Simulator) -> None:
    """It is unknown whether the request arrived; the message names a possible cause."""
    simulator.control.fault("status", path=ONTAPI, status=503)
    done = internal(simulator)
    assert (done.only["changed"], done.only["error"]["status"]) == (True, 503)
    assert "the outcome is unknown" in done.result["msg"]
    assert "switched off" in done.result["msg"]


class _FixedServer:
    """A server that returns the same document for every request."""

    def __init__(self, content: bytes, status: int = 200) -> None:
        self._content = content
        self._status = status

    def __enter__(self) -> int:
        content, status = self._content, self._status

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return int(self._server.server_address[1])

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_check_mode_predicts_and_secrets_are_masked(ansible: Ansible, simulator: Simulator) -> None:
    """Check mode sends nothing and predicts the change; no secret is shown although the cluster repeats every request."""
    simulator.control.knob(echo_body=True)
    task = "svm: [svm1, svm2]\nuse_rest: never\n"
    external = f"{task}key: external\nkey_id: {OTHER_KEY}\nwait: false"
    tasks = [
        rekey(f"{task}key: internal"),
        rekey(f"{task}key: internal"),
        rekey(external),
        info("use_rest: never"),
        restore(task),
    ]
    check, apply, refused, other, back = ansible.tasks(tasks, modes=[True, False, False, False, False])
    assert check.result["diff"] == apply.result["diff"]
    assert check.result["diff"]["after"] == {svm: {"internal_key": "will be re-keyed"} for svm in ("svm1", "svm2")}
    assert back.result["diff"]["after"]["svm2"] == {"keys": "will be restored"}
    assert check.ok().changed is apply.ok().changed is True
    assert (
        [entry["action"] for entry in check.results]
        == [entry["action"] for entry in apply.results]
        == ["rekey", "rekey"]
    )
    assert check.requests == []
    assert [entry["path"] for entry in apply.requests] == [ONTAPI] * 2
    assert refused.refused().error["target"] == "wait"
    assert other.refused().error["target"] == "use_rest"
    assert back.ok().changed
    assert "use_rest: never" in apply.warnings


@pytest.mark.module_only
def test_signal_ends_run_and_reports_command(ansible: Ansible, simulator: Simulator, tmp_path: Path) -> None:
    """The run ends without the response, sends nothing more, and reports that the command continues."""
    simulator.control.fault("slow_after", path=ONTAPI, seconds=300)
    folder = tmp_path / "run"
    folder.mkdir()
    script = (
        "import json, sys\nfrom ansible.module_utils import basic\nbasic._ANSIBLE_ARGS, basic._ANSIBLE_PROFILE ="
        " sys.argv[1].encode(), 'legacy'\nfrom ansible_collections.ontap.akv.plugins.modules import"
        " akv_rekey\nakv_rekey.main()\n"
    )
    arguments = {"svm": ["svm1", "svm2"], "key": "internal", "use_rest": "never", "concurrency": 1}
    env = {
        **ansible.job_environment(folder),
        **ansible.environment,
        "PYTHONPATH": str(Path(ansible.job_environment(folder)["ANSIBLE_COLLECTIONS_PATH"])),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", script, json.dumps({"ANSIBLE_MODULE_ARGS": arguments})],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(simulator, lambda log: len(log) == 1)
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=60)
    result = json.loads(output.splitlines()[-1])
    assert [entry["changed"] for entry in result["results"]] == [True, False], errors
    assert "continues in the cluster" in result["results"][0]["error"]["message"]
    assert "nothing was sent" in result["results"][1]["error"]["message"]
    assert len(simulator.control.log()) == 1


def test_stopped_run_sends_nothing_more(simulator: Simulator) -> None:
    """This also holds in Ansible's own process, which continues."""
    simulator.control.fault("slow_after", path=ONTAPI, nth=2, seconds=2)
    before = set(threading.enumerate())
    with handle_signals(Stop()):
        threading.Thread(
            target=lambda: until(simulator, lambda log: len(log) == 2) and os.kill(os.getpid(), signal.SIGTERM)
        ).start()
        done = internal(simulator, svm=["svm1", "svm2", "svm3"], concurrency=1)
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert [entry["changed"] for entry in done.result["results"]] == [True, True, False]
    assert len(simulator.control.log()) == 2


def test_command_is_limited_by_wait_timeout(simulator: Simulator) -> None:
    """wait_timeout applies instead of timeout; a pause that would exceed it is not made."""
    simulator.control.fault("slow_after", path=ONTAPI, seconds=2)
    assert not internal(simulator, timeout=1, wait_timeout=20).failed
    simulator.control.fault("status", path=ONTAPI, status=429, retry_after=1000, times=None)
    done = internal(simulator, wait_timeout=5)
    assert (done.only["changed"], done.only["error"]["status"]) == (False, 429)


def test_missing_library_is_error_only_for_ontapi(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is required only for ONTAPI, not for REST."""
    monkeypatch.setattr(ontapi, "LIBRARY_ERROR", "no module named netapp_lib")
    for check_mode in (True, False):
        done = run_brisk(simulator, akv_restore, check_mode=check_mode, **NEVER)
        assert "netapp-lib" in done.result["msg"]
        assert done.requests == []
    assert not run_brisk(simulator, akv_info).failed

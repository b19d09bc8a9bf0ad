# Copyright: (c) 2026, ontap.akv contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of any response, configuration and text that hypothesis generates. Every run uses the same ones."""

from __future__ import annotations

import base64
import contextlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.ontap.akv.plugins.module_utils.akv import resource
from ansible_collections.ontap.akv.plugins.module_utils.akv.certificate import Certificate, read_certificate
from ansible_collections.ontap.akv.plugins.module_utils.akv.resource import Target
from ansible_collections.ontap.akv.plugins.module_utils.akv.selection import Selected
from ansible_collections.ontap.akv.plugins.module_utils.common.errors import OptionError, TargetError
from ansible_collections.ontap.akv.plugins.module_utils.converge import configuration
from ansible_collections.ontap.akv.plugins.module_utils.converge.plan import Change
from ansible_collections.ontap.akv.plugins.modules import akv_rekey, akv_restore
from ansible_collections.ontap.akv.tests.unit.support import anything, trial
from ansible_collections.ontap.akv.tests.unit.support.certificates import pair
from ansible_collections.ontap.akv.tests.unit.support.examples import examples
from ansible_collections.ontap.akv.tests.unit.support.records import KEY, VERSION, page, record, svm_uuid_of, uuid_of
from ansible_collections.ontap.akv.tests.unit.support.responder import responding
from ansible_collections.ontap.akv.tests.unit.support.trial import Ran, Scenario

MODULES = {
    "info": trial.INFO,
    "info, all": Scenario(trial.INFO.module, {}),
    "absent": trial.ABSENT,
    "create": trial.CREATE,
    "update": trial.UPDATE,
    "always": Scenario(
        trial.UPDATE.module,
        {**trial.CREATE.options, "svm": ["svm1"], "update_credentials": "when_unreachable", "allow_rekey": True},
    ),
    "update, cluster": Scenario(trial.UPDATE.module, {"scope": "cluster", "proxy_host": "proxy.example.com"}),
    "update, uuid": Scenario(trial.UPDATE.module, {"uuid": uuid_of(1), "proxy_host": "proxy.example.com"}),
    "rekey": trial.REKEY,
    "rekey, all SVMs": Scenario(trial.REKEY.module, {"svm": ["*"], "key": "internal"}),
    "restore": trial.RESTORE,
    "restore, several SVMs": Scenario(trial.RESTORE.module, {"svm": [svm_uuid_of(1), "svm*"]}),
}
_TARGET = Target("svm1", svm="svm1")
_PKCS12 = pair().pkcs12()


# Any response.


def run(scenario: Scenario, **options: Any) -> Ran:
    return trial.execute(scenario, https=False, hostname="cluster.example.com", **options)


def check_result(ran: Ran) -> None:
    """Check that the result is valid JSON, and that a failure has a message and an error."""
    trial.printable([ran.result, ran.warnings])
    if ran.failed:
        assert str(ran.result["msg"]).strip(". ")
        assert isinstance(ran.error["message"], str)
    for found in ran.result["azure_key_vaults"]:
        assert isinstance(found, dict)
        assert not resource.WRITE_ONLY & set(found)


@pytest.mark.parametrize("name", MODULES)
def test_any_selection_response_gives_records_or_an_error(name: str) -> None:
    @examples(60)
    @given(body=anything.BODIES)
    def check(body: Any) -> None:
        with responding(lambda _method: (200, body)) as methods:
            check_result(run(MODULES[name], check_mode=True))
        assert set(methods) == {"GET"}

    check()


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith("info")])
def test_any_response_to_a_change_gives_a_sound_result(name: str) -> None:
    """Any response after a valid selection leads to no traceback and to no unreported change."""

    @examples(60)
    @given(answers=st.lists(anything.ANSWERS, min_size=1, max_size=4))
    def check(answers: list[tuple[int, Any]]) -> None:
        state = {"available": False, "code": 346758, "message": "The key is not there."}
        selection = (200, page(record(1, state=state, azure_reachability={"reachable": False, "code": 1})))
        rest = list(answers)

        def respond(method: str) -> tuple[int, Any]:
            if method == "GET" and len(rest) == len(answers) and not any(other != "GET" for other in methods):
                return selection
            return rest.pop(0) if len(rest) > 1 else rest[0]

        with responding(respond) as methods:
            ran = run(MODULES[name], wait_timeout=5)
        check_result(ran)
        assert ran.failed or ran.changed or set(methods) <= {"GET", "DELETE"}, ran.result

    check()


# Any configuration.


@dataclass(frozen=True)
class Server:
    """How a release of ONTAP reports its configuration.

    versions: keys have their version. empties: empty proxy fields are reported. lower: UUIDs are in lower case.
    """

    versions: bool
    empties: bool
    lower: bool

    def apply_change(self, change: Change) -> dict[str, Any]:
        """Return the record after the writes of a plan as this release reports it."""
        now = dict(change.record or {"uuid": uuid_of(1), "scope": "svm"})
        for write in change.writes:
            body = dict(write.body or {})
            if write.method == "POST" and write.path != resource.PATH:
                now["key_id"] = body["key_id"]
                continue
            if "client_secret" in body or "client_certificate" in body:
                now["authentication_method"] = "client_secret" if "client_secret" in body else "certificate"
            now.update({name: value for name, value in body.items() if name not in resource.WRITE_ONLY})
        return self.reported(now)

    def reported(self, now: dict[str, Any]) -> dict[str, Any]:
        """Return a record as this release reports it."""
        shown = {name: value for name, value in now.items() if self.empties or value not in ("", 0, None)}
        if isinstance(shown.get("svm"), dict):
            shown["svm"] = {"uuid": svm_uuid_of(1), "name": "svm1"}
        for name in ("client_id", "tenant_id"):
            shown[name] = shown[name].lower() if self.lower else shown[name]
        key = resource.parse_key(shown["key_id"])
        if self.versions and key.version is None:
            shown["key_id"] = f"{shown['key_id'].removesuffix('/')}/{VERSION}"
        elif not self.versions and key.version is not None:
            shown["key_id"] = shown["key_id"].removesuffix("/").rpartition("/")[0]
        return shown


SERVERS = st.builds(Server, st.booleans(), st.booleans(), st.booleans())
_NEEDED = ("name", "client_id", "tenant_id", "key_id", "client_secret")


def read_wish(options: dict[str, Any]) -> configuration.Wanted:
    """Return the configuration that a task with these options describes."""
    return configuration.read_wanted({**dict.fromkeys(anything.WISHES), "allow_rekey": True, **options})


def is_never_idempotent(wanted: configuration.Wanted, now: dict[str, Any]) -> bool:
    """Return whether a task with credentials sends them in every run, as documented."""
    lost = wanted.update_credentials == "when_unreachable" and resource.is_unreachable(now) is True
    return bool(wanted.credentials) and (wanted.update_credentials == "always" or lost)


def check_converged(change: Change, now: dict[str, Any], wanted: configuration.Wanted) -> None:
    """Check that the record is as planned, and that a second plan changes nothing but what is never idempotent."""
    for name, value in (change.expected or {}).items():
        if name in resource.DESCRIPTION and (name in wanted.fields or value is not None):
            assert resource.is_same_value(name, value, now.get(name)), name
    again = configuration.plan_update(_TARGET, now, wanted)
    if is_never_idempotent(wanted, now):
        assert set(again.fields) <= resource.WRITE_ONLY
    else:
        assert again.writes == ()
        assert again.action == "none"
        assert again.expected == now


@examples(600)
@given(
    had=st.fixed_dictionaries({}, optional=anything.HAD),
    options=st.fixed_dictionaries({}, optional=anything.WISHES),
    server=SERVERS,
)
def test_update_is_idempotent(had: dict[str, Any], options: dict[str, Any], server: Server) -> None:
    wanted = read_wish(options)
    # A proxy port of 0 means no port, like an empty one.
    before = server.reported(record(**had))
    change = configuration.plan_update(_TARGET, before, wanted)
    check_converged(change, server.apply_change(change), wanted)


@examples(300)
@given(
    options=st.fixed_dictionaries(
        {name: anything.WISHES[name] for name in _NEEDED},
        optional={name: wish for name, wish in anything.WISHES.items() if name not in _NEEDED},
    ),
    server=SERVERS,
)
def test_create_is_idempotent(options: dict[str, Any], server: Server) -> None:
    wanted = read_wish(options)
    change = configuration.plan_creation(_TARGET, wanted)
    assert change.action == "create"
    check_converged(change, server.apply_change(change), wanted)


@examples(300)
@given(options=st.fixed_dictionaries({}, optional=anything.WISHES))
def test_create_error_names_all_missing_options(options: dict[str, Any]) -> None:
    missing = [name for name in _NEEDED if name not in options]
    assume(missing)
    with pytest.raises(TargetError) as refused:
        configuration.plan_creation(_TARGET, read_wish(options))
    assert all(name in refused.value.message for name in missing)


@examples(300)
@given(had=st.fixed_dictionaries({}, optional=anything.HAD), key_id=anything.WISHES["key_id"], server=SERVERS)
def test_rekey_is_idempotent_unless_version_is_hidden(had: dict[str, Any], key_id: str, server: Server) -> None:
    """A re-key is repeated only if the release does not report the version that the task names."""
    before = server.reported(record(**had))
    change = akv_rekey.plan_external(Selected(_TARGET, (before,)), key_id, force=False)
    now = server.apply_change(change)
    assert resource.is_same_key(key_id, now["key_id"])
    again = akv_rekey.plan_external(Selected(_TARGET, (now,)), key_id, force=False)
    assert bool(again.writes) == resource.is_version_hidden(key_id, now["key_id"])
    assert bool(again.warnings) == bool(again.writes)


@examples(150)
@given(found=anything.GOOD_RECORDS)
def test_restore_is_idempotent(found: dict[str, Any]) -> None:
    change = akv_restore.plan(Selected(_TARGET, (resource.clean_record(found),)), force=False)
    assert change.expected is not None
    again = akv_restore.plan(Selected(_TARGET, (change.expected,)), force=False)
    assert again.writes == ()


# Printed results can be read again.


@examples(150)
@given(found=anything.GOOD_RECORDS)
def test_printed_result_reproduces_the_record(found: dict[str, Any]) -> None:
    printed = json.dumps(resource.clean_record(found))
    with responding(lambda _method: (200, page(json.loads(printed)))):
        ran = run(trial.INFO)
    assert ran.result["azure_key_vaults"] == [json.loads(printed)], ran.result


@examples(150)
@given(found=anything.RECORDS)
def test_cleaning_a_record_is_idempotent(found: dict[str, Any]) -> None:
    before = json.dumps(found)
    # Compared as text, because NaN is not equal to itself.
    cleaned = resource.clean_record(found)
    assert json.dumps(resource.clean_record(cleaned)) == json.dumps(cleaned)
    assert json.dumps(found) == before
    for secret in (*resource.WRITE_ONLY, "_links"):
        assert f'"{secret}":' not in json.dumps(cleaned)


# Any text, any bytes.

_HOSTS = st.sampled_from(
    [
        "vault.example.com",
        "[::1]",
        "[::1",
        "a@b",
        "a:b@c",
        "",
        "vault:99999",
        "vault:x",
        "\u2100",
        "\u0660",
        "xn--",
        "a" * 300,
    ]
)
_PATHS = st.lists(
    st.sampled_from(["keys", "", "name", "..", "%2e", "a b", "\u00e4", "?", "#", "\\", ";x", "\ud800"]), max_size=4
).map("/".join)
URLS = st.builds(
    "{}://{}/{}{}".format,
    st.sampled_from(["https", "HTTPS", "http", "", " https"]),
    _HOSTS,
    _PATHS,
    st.sampled_from(["", "/", "?a", "#b", "\n", "\x00"]),
)


@examples(500)
@given(text=anything.TEXTS | URLS)
def test_any_text_gives_url_or_option_error(text: str) -> None:
    with contextlib.suppress(OptionError):
        assert resource.parse_vault(text) == resource.parse_vault(f"https://{text.partition('://')[2]}")
    with contextlib.suppress(OptionError):
        assert resource.parse_key(text).name
    assert resource.is_same_vault(text, text)
    assert resource.is_same_key(text, text)


@examples(300)
@given(reported=anything.ANY_JSON, wanted=st.sampled_from([KEY, record()["name"], record()["client_id"], "", "8080"]))
def test_compares_any_reported_value(reported: Any, wanted: str) -> None:
    for name in resource.DESCRIPTION:
        assert resource.is_same_value(name, wanted, reported) in (True, False)
    assert resource.is_version_hidden(KEY, reported) in (True, False)


def checked(**params: str) -> Certificate | None:
    """Return the certificate, or None if its option is refused. Any other exception is a bug."""
    try:
        return read_certificate(params)
    except OptionError as error:
        refused = error
    option, value = next(iter(params.items()))
    assert refused.target == option
    assert option == "client_certificate_path" or len(value) < 20 or value not in refused.message
    return None


@examples(500)
@given(text=anything.TEXTS | st.text("ABCabc012+/=\n -", max_size=200))
def test_any_text_gives_certificate_or_option_error(text: str) -> None:
    assume(text)
    assert checked(client_certificate=text) is None
    checked(client_certificate_path=text)


@pytest.mark.filterwarnings("ignore:PKCS#12 bundle could not be parsed as DER")
@examples(400)
@given(data=st.data())
def test_any_bytes_give_certificate_or_option_error(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Real certificates with some bytes replaced, removed or appended, given as text and as a file."""
    content = bytearray(_PKCS12)
    for place, byte in data.draw(
        st.lists(st.tuples(st.integers(0, len(content) - 1) | st.integers(0, 60), st.integers(0, 255)), max_size=4)
    ):
        content[place] = byte
    content = content[: data.draw(st.integers(0, len(content)) | st.just(len(content)))] + data.draw(
        st.binary(max_size=8)
    )
    text = base64.b64encode(content).decode()
    found = checked(client_certificate=text)
    assert found is None or found.base64 == text
    path = Path(tmp_path_factory.getbasetemp()) / "any.p12"
    path.write_bytes(content)
    in_file = checked(client_certificate_path=str(path))
    assert (in_file is None) == (found is None)


@examples(300)
@given(
    params=st.fixed_dictionaries(
        {},
        optional={
            name: anything.TEXTS | wish for name, wish in anything.WISHES.items() if name != "update_credentials"
        },
    )
)
def test_any_options_are_accepted_or_refused_by_name(params: dict[str, str]) -> None:
    described, refused = set(params), None
    try:
        wanted = read_wish({**params, "update_credentials": None})
        described = {*wanted.fields, *wanted.credentials}
    except OptionError as error:
        refused = error.target
    assert described == set(params)
    assert refused is None or refused in params

"""Which symbols a shared object may expect from the program that loads it, and who counts as its plugin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from described_image import DescribedImage, glibc, library, with_undefined
from msgspec.structs import replace

from everylinux.elf.file import ElfFile, Undefined, VersionNeed
from everylinux.loader.host import expected_from_host, host_risks, hosts, offered_to
from everylinux.loader.judge import judge
from everylinux.loader.subject import Subject

if TYPE_CHECKING:
    from everylinux.evidence import Verdict

SOMEWHERE = Path("/somewhere")
# What a plugin of each host exports, by that host's documentation, and a function that it calls.
PLUGINS = {
    "Lua": ("luaopen_cjson", "lua_pushstring"),
    "Ruby": ("Init_bcrypt_ext", "rb_define_module"),
    "Perl": ("boot_JSON__XS", "Perl_newSVpv"),
    "PHP": ("get_module", "zend_parse_parameters"),
    "R": ("R_init_data_table", "Rf_allocVector"),
    "PostgreSQL": ("Pg_magic_func", "errstart"),
    "nginx": ("ngx_modules", "ngx_palloc"),
    "Apache httpd": ("fcgid_module", "ap_hook_handler"),
    "Erlang": ("nif_init", "enif_make_int"),
    "Java": ("JNI_OnLoad", "JNI_CreateJavaVM"),
}


def plugin(*exports: str, asks: tuple[str, ...] = (), **fields: object) -> ElfFile:
    file = library("", *exports, needs=("libc.so.6",), soname=None, **fields)
    return with_undefined(file, *(Undefined(name) for name in asks))


def versioned(file: ElfFile) -> ElfFile:
    return replace(file, version_needs=(VersionNeed("libc.so.6", "GLIBC_2.2.5"),))


def verdict_of(file: ElfFile, name: str = "module.so") -> Verdict:
    real = SOMEWHERE / name
    subject = Subject(str(real), real, file.kind, "an ELF file", executable=True, head=b"\x7fELF", elf=file)
    return judge(subject, DescribedImage(glibc()), "linux/amd64", alone=True)


@pytest.mark.parametrize("name", ["PyList_New", "_Py_Dealloc", "napi_create_object", "uv_run", "_ZN2v87Isolate3NewEv"])
def test_what_python_and_node_export_is_offered_to_every_shared_object(name: str) -> None:
    assert verdict_of(plugin(asks=(name,))).verdict == "ok"


@pytest.mark.parametrize("host", PLUGINS)
def test_a_plugin_is_told_by_its_entry_point(host: str) -> None:
    entry, function = PLUGINS[host]
    file = versioned(plugin(entry, asks=(function,)))
    assert verdict_of(file).verdict == "ok"
    assert expected_from_host(file, SOMEWHERE / "module.so") == {host: (function,)}


@pytest.mark.parametrize("host", PLUGINS)
def test_a_library_that_is_no_plugin_gets_nothing_of_these_hosts(host: str) -> None:
    _, function = PLUGINS[host]
    verdict = verdict_of(plugin(asks=(function,)))
    assert [(reason.code, reason.subject) for reason in verdict.reasons] == [("missing-symbol", function)]


def test_a_plugin_gets_only_its_own_hosts_symbols() -> None:
    verdict = verdict_of(plugin("luaopen_x", asks=("lua_gettop", "rb_define_module")))
    assert [reason.subject for reason in verdict.reasons] == ["rb_define_module"]


def test_a_plugin_may_be_told_by_its_name() -> None:
    file = plugin(asks=("bare_module_find",))
    assert verdict_of(file, "addon.bare").verdict == "ok"
    assert verdict_of(file, "addon.so").verdict == "fails"


def test_programs_expect_nothing_from_a_host() -> None:
    file = replace(plugin("luaopen_x", asks=("PyList_New",)), kind="executable")
    assert expected_from_host(file, SOMEWHERE / "program") == {}


def test_weak_symbols_and_those_of_a_librarys_version_are_not_expected() -> None:
    asked = (
        Undefined("PyList_New", weak=True),
        Undefined("PyTuple_New", "PYTHON_1", "libpython3.so"),
        Undefined("PyDict_New", data=None, plt=None),
        Undefined("PyLong_FromLong"),
    )
    file = with_undefined(plugin(), *asked)
    assert expected_from_host(file, SOMEWHERE / "m.so") == {"CPython": ("PyLong_FromLong",)}


def test_what_a_needed_library_of_the_host_brings_is_not_expected_from_the_host() -> None:
    file = replace(plugin(asks=("uv_run", "napi_create_object")), needed=("libuv.so.1", "libc.so.6"))
    assert expected_from_host(file, SOMEWHERE / "m.node") == {"Node.js": ("napi_create_object",)}


def test_symbols_are_sorted_and_parted_by_host() -> None:
    file = plugin(asks=("uv_run", "PyList_New", "PyDict_New", "puts"))
    found = expected_from_host(file, SOMEWHERE / "m.so")
    assert found == {"CPython": ("PyDict_New", "PyList_New"), "Node.js": ("uv_run",)}


def test_pypys_names_are_not_cpythons() -> None:
    assert expected_from_host(plugin(asks=("PyPyList_New",)), SOMEWHERE / "m.so") == {"PyPy": ("PyPyList_New",)}


def test_a_host_that_was_only_told_is_a_risk() -> None:
    risks = host_risks({"CPython": ("PyList_New",), "Lua": ("lua_gettop",)})
    assert [(risk.code, risk.subject) for risk in risks] == [("host-symbols", "Lua")]
    assert "lua_gettop" in risks[0].message


def test_a_name_is_no_pattern() -> None:
    offered = offered_to(plugin(), "/m.so")
    assert not offered("xPyList_New")
    assert not offered("napi")


def test_every_host_says_how_its_plugins_are_told() -> None:
    assert all(host.entries or host.files for host in hosts() if host.told)

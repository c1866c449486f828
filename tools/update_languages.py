"""Write data/events/other-languages.toml: what says that something failed, in the languages of the tools' catalogues.

The catalogues are those of Debian's packages, fetched by apt and unpacked in a scratch folder; nothing is installed.
"""

from __future__ import annotations

import datetime as dt
import gettext
import re
import subprocess
import sys
import tempfile
from pathlib import Path

OUTPUT = Path(__file__).parent.parent / "src/everylinux/data/events/other-languages.toml"
# Those of whose speakers there are many who build software, and for which there are catalogues.
LANGUAGES = (
    "cs",
    "de",
    "es",
    "fr",
    "it",
    "ja",
    "ko",
    "nl",
    "pl",
    "pt",
    "pt_BR",
    "ru",
    "sv",
    "tr",
    "uk",
    "zh_CN",
    "zh_TW",
)
PACKAGES = ("gcc-12-locales", "binutils-common", "bash", "libc-l10n")
# Of each kind of event: its weight, the form of its line, and the messages: catalogue and how the original begins,
# with a `$` at its end where it is all of it.
KINDS = {
    # What ends in the same causes as its original: the kinds are those of the tools' own events.
    "header-not-found": (
        "error",
        r"(?P<file>[^\s:]+):\d+(?::\d+)?: [^:：]*[:：] ?(?P<header>[^\s:：]+?){colon}(?:{texts})",  # noqa: RUF001
        (("libc", "No such file or directory"),),
    ),
    "library-not-found": (
        "error",
        (
            r"(?P<linker>[^\s:]*\bld(?:\.\w+)?){colon}"
            r"(?:(?:{texts}) ?-l(?P<library>[^\s:]+)|-l(?P<library2>\S+?) ?(?:{texts}))"
        ),
        (("ld", "%P: cannot find %s"),),
    ),
    "skipped-incompatible": (
        "warning",
        (
            r"(?P<linker>[^\s:]*\bld(?:\.\w+)?){colon}.*?(?P<file>/{inside}+?\.(?:so|a)[\d.]*).*(?:{texts})"
            r".*-l(?P<library>[^\s:]+)|\bld(?:\.\w+)?{colon}(?:{texts}).*?(?P<file2>/{inside}+?\.(?:so|a)[\d.]*)"
            r".*-l(?P<library2>[^\s:]+)"
        ),
        (("ld", "%P: skipping incompatible "),),
    ),
    "undefined-symbol": (
        "error",
        r"\){colon}.*?(?:(?:{texts}) ?{open}(?P<symbol>{inside}+)|{open}(?P<symbol2>{inside}+){close} ?(?:{texts}))",
        (("ld", "%X%P: %C: undefined reference to "), ("ld", "%X%C: undefined reference to ")),
    ),
    "startfile-not-found": (
        "error",
        (
            r"(?P<linker>[^\s:]*\bld(?:\.\w+)?){colon}(?:(?:{texts}) ?(?P<file>[^\s:]*crt\w+\.o)"
            r"|(?P<file2>[^\s:]*crt\w+\.o) ?(?:{texts}))"
        ),
        (("ld", "%P: cannot find %s"),),
    ),
    "symbol-in-unnamed-library": (
        "error",
        (
            r"(?:(?:{texts}) ?{open}(?P<symbol>{inside}+?)(?:@@?{inside}+)?{close}"
            r"|{open}(?P<symbol2>{inside}+?)(?:@@?{inside}+)?{close} ?(?:{texts}))"
        ),
        (("bfd", "%pB: undefined reference to symbol '%s'$"),),
    ),
    "library-not-named": (
        "error",
        r"(?P<library>/{inside}+?){colon}[^:：]*{colon}(?:{texts})$",  # noqa: RUF001
        (("bfd", "DSO missing from command line$"),),
    ),
    "compiler-option-unknown": (
        "error",
        (
            r"^(?P<compiler>[^\s:：]+) ?[:：] [^:：]*[:：] ?(?:(?:{texts}) ?{open}(?P<option>-{inside}+)"  # noqa: RUF001
            r"|.*{open}(?P<option2>-{inside}+){close} ?(?:{texts}))"
        ),
        (("gcc-12", "unrecognized command-line option %qs$"),),
    ),
    "undeclared": (
        "error",
        (
            r"(?P<file>[^\s:]+):(?P<at>\d+)(?::\d+)?: (?:{errors}) ?"
            r"(?:(?:{texts}) ?{open}(?P<name>\w+){close}|{open}(?P<name2>\w+){close} ?(?:{texts}))"
        ),
        (
            ("gcc-12", "implicit declaration of function %qE$"),
            ("gcc-12", "%qE undeclared (first use in this function)$"),
            ("gcc-12", "unknown type name %qE$"),
        ),
    ),
    "make-program-missing": (
        "complaint",
        r"^g?make(?:\[\d+\])?: (?P<command>[^\s:*]+?){colon}(?:{texts})$",
        (("libc", "No such file or directory"),),
    ),
    "shell-command-not-found": (
        "complaint",
        r"^(?:[^\s:：]+ ?[:：] ?)?(?:[^:：]*\d+ ?[:：] ?)?(?P<command>[\w.+\-]+) ?[:：] ?(?:{texts})[.。]?$",  # noqa: RUF001
        (("bash", "%s: command not found"),),
    ),
    "killed": (
        "failure",
        r"^(?:.*(?:: |\] ))?(?:{texts})(?: +\(.*\).*)?$",
        (("libc", "Killed"), ("bash", "Killed")),
    ),
    "error-in-another-language": (
        "error",
        r"(?:^|[\s:])(?:{texts})\s*(?P<message>.+)",
        (("gcc-12", "error: "), ("gcc-12", "fatal error: "), ("gcc-12", "internal compiler error: ")),
    ),
    "linking-failed-in-another-language": (
        "error",
        r"(?:\bld(?:\.\w+)?{colon}|\(\.\w+)(?P<message>.*(?:{texts}).*)",
        (
            ("ld", "%X%P: %C: undefined reference to "),
            ("ld", "%X%C: undefined reference to "),
            ("ld", "%P: cannot find %s: "),
        ),
    ),
    "complaint-in-another-language": (
        "complaint",
        r"(?:^|: ?)(?:{texts})[.。]?$",
        (
            ("libc", "No such file or directory"),
            ("libc", "Permission denied"),
            ("libc", "Exec format error"),
            ("libc", "No space left on device"),
            ("libc", "Cannot allocate memory"),
            ("bash", "%s: command not found"),
        ),
    ),
    "disk-full": (
        "error",
        r"(?:^|: ?)['\"]?(?:{texts})['\"]?[.。]?$",
        (("libc", "No space left on device"),),
    ),
    "crashed-in-another-language": (
        "failure",
        r"^(?:.*: .*)?(?:{texts})(?: \(.*\).*)?$",
        tuple((name, text) for name in ("libc", "bash") for text in ("Segmentation fault", "Aborted")),
    ),
    "start-failed-in-another-language": (
        "error",
        r"(?P<message>.*: (?:{texts}): .*)",
        (("libc", "error while loading shared libraries"),),
    ),
}
# What GCC says before a message that ends the step.
ERRORS = (("gcc-12", "error: "), ("gcc-12", "fatal error: "))
# make's own words are told by their stars in any language.
MAKE = r"^g?make(?:\[\d+\])?: \*\*\* (?P<message>.*[^\x00-\x7f].*)"
PLACEHOLDER = re.compile(r"%[-+ #0\d.$]*(?:q\+?[A-Za-z]|l?p?[A-Za-z])|%[%<>']")
QUOTES = " \n\u00a0.`'\"«»„“\u2018\u2019「」"
SHORTEST = 4
# What stands for these in the forms: a quotation mark that begins, one that ends (French has a space inside of both,
# which does not break, German has them the other way round), a sign between them, and a colon (French: after a space).
SIGNS = {
    "{colon}": "[ \\x{a0}\\x{202f}]?[:：] ?",  # noqa: RUF001 - as in the catalogues
    "{open}": "[`'‘«»„「“\"][ \\x{a0}\\x{202f}]?",  # noqa: RUF001 - as in the catalogues
    "{close}": "[ \\x{a0}\\x{202f}]?['’»«“」”\"]",  # noqa: RUF001 - as in the catalogues
    "{inside}": "[^\\s\\x{a0}\\x{202f}'’»«“」”\"]",  # noqa: RUF001 - as in the catalogues
}


def catalogues(folder: Path) -> dict[str, list[dict[str, str]]]:
    """Return the messages of all languages for each catalogue."""
    subprocess.run(["apt-get", "--quiet", "download", *PACKAGES], check=True, cwd=folder, capture_output=True)
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "--extract", package, folder / "all"], check=True)
    names = {name for _, _, messages in KINDS.values() for name, _ in messages}
    found: dict[str, list[dict[str, str]]] = {}
    for name in sorted(names):
        for language in LANGUAGES:
            path = folder / "all/usr/share/locale" / language / "LC_MESSAGES" / f"{name}.mo"
            if not path.exists():
                continue
            with path.open("rb") as file:
                messages = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]  # noqa: SLF001 - has no public form
            texts = {key: text for key, text in messages.items() if isinstance(key, str)}
            found.setdefault(name, []).append(texts)
    return found


def telling_part(text: str) -> str:
    """Return the longest text of a message between its placeholders; empty where it is too short, or English."""
    parts = [part.strip(QUOTES).lstrip(":\uff1a").strip() for part in PLACEHOLDER.split(text)]
    longest = max(parts, key=len)
    return longest if len(longest.encode()) >= SHORTEST else ""


def document(found: dict[str, list[dict[str, str]]]) -> str:
    """Return the content of the file."""
    lines = [
        'tool = "another-language"',
        f'source = "the message catalogues of Debian: {", ".join(PACKAGES)}; the stars of make"',
        f'date = "{dt.datetime.now(tz=dt.UTC).date()}"',
    ]
    errors = _alternatives(_translations(found, ERRORS))
    for kind, (weight, form, messages) in KINDS.items():
        texts = _translations(found, messages)
        for name, sign in (*SIGNS.items(), ("{errors}", errors)):
            form = form.replace(name, sign)  # noqa: PLW2901 - filled in one after the other
        pattern = form.replace("{texts}", _alternatives(texts))
        lines += ["", "[[event]]", f'kind = "{kind}"', f'weight = "{weight}"', f"pattern = '''{pattern}'''"]
        lines += [f"literals = {_toml(sorted(texts))}"]
    lines += [
        "",
        "[[event]]",
        'kind = "make-failed-in-another-language"',
        'weight = "failure"',
        f"pattern = '''{MAKE}'''",
    ]
    return "\n".join(lines) + "\n"


def _translations(found: dict[str, list[dict[str, str]]], messages: tuple[tuple[str, str], ...]) -> set[str]:
    """Return what tells each of the messages in any language."""
    texts: set[str] = set()
    for name, begin in messages:
        original = telling_part(begin.removesuffix("$"))
        for catalogue in found[name]:
            told = {telling_part(text) for key, text in catalogue.items() if f"{key}$".startswith(begin)}
            texts |= {text for text in told if text and text.lower() != original.lower()}
    return texts


def _alternatives(texts: set[str]) -> str:
    """Return the texts as a pattern; a word that another one begins or ends with is told by that."""
    return "|".join(re.escape(text) for text in sorted(texts, key=lambda text: (-len(text), text)))


def _toml(texts: list[str]) -> str:
    quoted = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "[" + ", ".join(f'"{text}"' for text in quoted) + "]"


def main() -> int:
    """Write the file."""
    with tempfile.TemporaryDirectory() as name:
        OUTPUT.write_text(document(catalogues(Path(name))), encoding="utf-8")
    print(f"wrote {OUTPUT.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

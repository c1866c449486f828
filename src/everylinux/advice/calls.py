"""What a build script does in the order in which it runs: ``main``, with its functions in the places of their calls.

Where one of its own functions is used in a way that is not followed, nothing is known of what comes after.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from everylinux.advice.scripts import groups, without_comments, without_texts

# What is followed of a script's functions, however often they call each other.
MOST_CALLS = 100
MOST_CHARACTERS = 1 << 20
# What may stand between a function's parameters and its body: groups and their ends.
MOST_IN_SIGNATURE = 20
MOST_GENERICS = 40
_DEFINITION = re.compile(r"\bfn\s+(?:r#)?(?P<function>\w+)\s*(?=[<(])|\bmacro_rules!\s*(?P<macro>\w+)\s*(?=[({\[])")
_METHOD = re.compile(r"\(\s*(?:&\s*(?:'\w+\s*)?)?(?:mut\s+)?self\b")
_GENERICS = re.compile(r"->|[<>{};]")
_SIGNATURE = re.compile(r"[()\[\]{};]")
# Modules and types of the script, whose functions are called by a path.
_SPACE = re.compile(r"\b(?:mod|struct|enum|union|trait|type)\s+(\w+)")
_OWN_SPACES = frozenset({"self", "Self", "crate", "super"})
# A name that is a variable's or a field's somewhere is not taken for a function that is handed on.
_VARIABLE = re.compile(r"\b(?:let|mut|ref|for)\s+(?:mut\s+)?(\w+)|\b(\w+)\s*:(?!:)")
_WORD = re.compile(r"(?P<dot>(?<!\.)\.\s*)?(?P<path>(?:\w+\s*::\s*)*)(?P<name>\w+)")
_CALL = re.compile(r"\s*(?=\()")
_TYPED_CALL = re.compile(r"\s*(?:\(|::)")
_MACRO_CALL = re.compile(r"\s*!(?!=)")
_HANDED_ON = re.compile(r"\s*[,);]")
# Arguments that do nothing: names, numbers and texts.
_PLAIN_ARGUMENTS = re.compile(r"\((?![^)]*\breturn\b)[\w\s&,.:]*\)")


@dataclass(frozen=True)
class _Script:
    """A script's code, the same without texts, and where its functions are.

    ``ends`` are those of its groups, ``definitions`` those of what begins with ``fn`` or ``macro_rules``. ``bodies``
    has the body of each function, or ``None`` where several have the name or none can be read.
    """

    code: str
    plain: str
    ends: dict[int, int]
    definitions: dict[int, int] = field(default_factory=dict)
    bodies: dict[str, tuple[int, int] | None] = field(default_factory=dict)
    methods: set[str] = field(default_factory=set)
    macros: set[str] = field(default_factory=set)
    spaces: frozenset[str] = _OWN_SPACES
    variables: frozenset[str] = frozenset()

    def read(self) -> None:
        """Find the functions and macros that are defined, those within others, too."""
        for found in _DEFINITION.finditer(self.plain):
            if found["macro"]:
                self.macros.add(found["macro"])
                self.definitions[found.start()] = self.ends.get(found.end(), len(self.plain))
                continue
            parameters = self._after_generics(found.end())
            body = self._body(parameters)
            self.definitions[found.start()] = body[1] if body else max(found.end(), self.ends.get(parameters, 0))
            name = found["function"]
            if _METHOD.match(self.plain, parameters):
                self.methods.add(name)
            else:
                self.bodies[name] = None if name in self.bodies else body

    def _after_generics(self, position: int) -> int:
        """Return what follows the parameters in angle brackets that begin here, or the position where none do."""
        if self.plain[position] != "<":
            return position
        depth, place = 0, position
        for _ in range(MOST_GENERICS):
            if (sign := _GENERICS.search(self.plain, place)) is None or sign[0] in "{};":
                break
            depth += (sign[0] == "<") - (sign[0] == ">")
            place = sign.end()
            if not depth:
                return opening.end() if (opening := _CALL.match(self.plain, place)) else position
        return position

    def _body(self, parameters: int) -> tuple[int, int] | None:
        place = self.ends.get(parameters)
        for _ in range(MOST_IN_SIGNATURE):
            sign = _SIGNATURE.search(self.plain, place) if place else None
            if sign is None or sign[0] not in "([{":
                return None
            place = self.ends.get(sign.start())
            if sign[0] == "{":
                # Of a script that is read in part, it goes on to the end.
                return sign.start(), place or len(self.plain)
        return None

    def next_use(self, position: int, end: int) -> re.Match[str] | None:
        """Return the next place where something is defined or one of the script's own functions is used."""
        for word in _WORD.finditer(self.plain, position, end):
            if word.start("name") in self.definitions or self._is_used(word):
                return word
        return None

    def _is_used(self, word: re.Match[str]) -> bool:
        name, start = word["name"], word.start()
        if name in self.macros and _MACRO_CALL.match(self.plain, word.end()):
            return True
        if word["dot"] and not word["path"]:
            return name in self.methods and _TYPED_CALL.match(self.plain, word.end()) is not None
        if word["path"]:
            return (name in self.bodies or name in self.methods) and _last(word["path"]) in self.spaces
        if name not in self.bodies:
            return False
        if _TYPED_CALL.match(self.plain, word.end()) or self.plain[start - 1 : start] == ":":
            return True
        return name not in self.variables and _HANDED_ON.match(self.plain, word.end()) is not None

    def called(self, word: re.Match[str]) -> tuple[int, int, tuple[int, int]] | None:
        """Return the place of a call's arguments and of the function's body, or ``None`` where that is not known."""
        body = None if word["dot"] else self.bodies.get(word["name"])
        opening = _CALL.match(self.plain, word.end())
        if body is None or opening is None or (end := self.ends.get(opening.end())) is None:
            return None
        return opening.end(), end, body


@functools.lru_cache(maxsize=256)
def in_order(text: str) -> str:
    """Return the body of a script's ``main``, with those of the script's functions in the places of their calls.

    Comments are left out, and functions within others stand only where they are called. Arguments that do something
    stand before the body. The text ends before the first use of a function of the script's own that is not followed: a
    method, a recursion, a function handed on as a value, one with a name that several have, or one call too many.
    """
    script = _read(without_comments(text))
    main = script.bodies.get("main")
    if main is None:
        return ""
    kept, calls, length = list[str](), 0, main[1] - main[0]
    # What is still to be run, the next last: in which function, from where and to where.
    running = [("main", *main)]
    while running:
        name, position, end = running.pop()
        word = script.next_use(position, end)
        kept.append(script.code[position : word.start("name") if word else end])
        if word is None:
            continue
        if (following := script.definitions.get(word.start("name"))) is not None:
            running.append((name, min(following, end), end))
            continue
        call = script.called(word)
        if call is None or word["name"] == name or any(word["name"] == each for each, _, _ in running):
            break
        opening, closing, body = call
        calls, length = calls + 1, length + closing - opening + body[1] - body[0]
        if calls > MOST_CALLS or length > MOST_CHARACTERS:
            break
        running += [(name, closing, end), (word["name"], *body)]
        plain = _PLAIN_ARGUMENTS.fullmatch(script.plain, opening, closing)
        if not plain or script.next_use(opening, closing):
            running.append((name, opening, closing))
    return "".join(kept)


def _read(code: str) -> _Script:
    plain = without_texts(code)
    script = _Script(
        code,
        plain,
        groups(plain),
        spaces=_OWN_SPACES | set(_SPACE.findall(plain)),
        variables=frozenset(name for found in _VARIABLE.findall(plain) for name in found if name),
    )
    script.read()
    return script


def _last(path: str) -> str:
    """Return the last name of a path that ends with two colons."""
    return path.rsplit("::", 2)[-2].strip()

"""Import one extension module as Python itself does, and say what came of it.

Arguments: MARK FILE NAME [FOLDER]. FILE is the module's path, NAME its full name. With FOLDER it is imported by NAME
with FOLDER first in the search path; without one, or where that does not lead to FILE, FILE is opened by its path.
Lines of standard output that begin with MARK are this script's: JSON, the host first, the result last. It runs in the
image's own Python, from 3.5 on, and needs nothing that an image may have left out.
"""

import importlib
import json
import os
import sys
import traceback
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location

NO_ENTRY = "dynamic module does not define"
mark, file, name, *folder = sys.argv[1:]
# What became of FILE itself, whoever asked for it: `opened`, or the loader's own words.
seen = {}  # type: dict[str, str]
create_module = ExtensionFileLoader.create_module


def say(facts: "dict[str, object]") -> None:
    """Write one line of our own, whatever the module left unfinished on the last one."""
    sys.stdout.write("\n" + mark + json.dumps(facts) + "\n")
    sys.stdout.flush()


def watched(loader: ExtensionFileLoader, spec: object) -> object:
    """Note how the opening of FILE ends: what `import` raises in the end may be another error."""
    if os.path.realpath(loader.path) != os.path.realpath(file):
        return create_module(loader, spec)  # type: ignore[arg-type] # as import passes it
    try:
        module = create_module(loader, spec)  # type: ignore[arg-type] # as import passes it
    except ImportError as error:
        # Only the loader's errors, and that of a missing entry point, name the file (Python/importdl.c).
        refused = type(error) is ImportError and error.path == loader.path
        seen.update({"refused": str(error)} if refused else {"opened": ""})
        raise
    except BaseException:
        seen["opened"] = ""
        raise
    seen["opened"] = ""
    return module


def attempt(*, by_name: bool) -> "dict[str, str] | None":
    """Return what the import raised, ``None`` for nothing."""
    try:
        if by_name:
            importlib.import_module(name)
        else:
            loader = ExtensionFileLoader(name, file)
            spec = spec_from_file_location(name, file, loader=loader)
            module = module_from_spec(spec)  # type: ignore[arg-type] # there is one: the loader was given
            sys.modules[name] = module
            loader.exec_module(module)
    except BaseException as error:  # noqa: BLE001 - whatever a module raises, SystemExit too
        traceback.print_exc()
        return {"type": type(error).__name__, "text": str(error)}
    return None


def main() -> None:
    """Import the module."""
    ExtensionFileLoader.create_module = watched  # type: ignore[method-assign,assignment] # for this purpose
    say({"host": sys.implementation.name, "version": ".".join(map(str, sys.version_info[:3]))})
    result = {"way": "name"}  # type: dict[str, object]
    error = None
    if folder:
        sys.path[:0] = folder
        error = attempt(by_name=True)
    if not seen:
        result = {"way": "path", "before": error}
        error = attempt(by_name=False)
    if "refused" in seen:
        result.update(stage="refused", text=seen["refused"], entry=seen["refused"].startswith(NO_ENTRY))
    else:
        result.update(stage="loaded" if error else "imported", error=error)
    say(result)
    sys.stderr.flush()
    # Neither what the module wants run at exit nor its threads are waited for.
    os._exit(0 if result["stage"] == "imported" else 1)


main()

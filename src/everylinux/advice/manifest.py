"""Editing Cargo.toml as a person would: the one entry, in the form that it is written in, everything else as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from everylinux.advice.candidate import ArgumentEdit
from everylinux.errors import BuildFailedError

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping
    from pathlib import Path

    from everylinux.advice.candidate import Edit, FeatureEdit
    from everylinux.toolchains.rust.cargo_metadata import Dependency

MANIFEST_BYTES = 4 << 20


def edited(edits: Iterable[Edit], workspace_manifest: Path) -> dict[Path, str]:
    """Return the new text of every manifest that the edits change.

    An entry with ``workspace = true`` gets further features in its own place; what has to be left out is changed where
    it is written, in the workspace's manifest. Raises `BuildFailedError` for an entry that is not found.
    """
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    documents: dict[Path, Any] = {}
    added: list[str] = []

    def document(path: Path) -> Any:  # noqa: ANN401 - a document of tomlkit
        if path not in documents:
            try:
                with path.open("rb") as file:
                    documents[path] = tomlkit.parse(file.read(MANIFEST_BYTES).decode())
            except (OSError, UnicodeDecodeError, TOMLKitError) as error:
                raise BuildFailedError(f"cannot read {path}: {error}") from error
        return documents[path]

    for edit in edits:
        if isinstance(edit, ArgumentEdit):
            _add_arguments(document(edit.manifest), edit)
        elif edit.new_version:
            added.append(_add_entry(document(edit.manifest), edit))
        else:
            _edit_entry(document(edit.manifest), edit, lambda: document(workspace_manifest))
    texts = {path: tomlkit.dumps(each) for path, each in documents.items()}
    # A table that was added before others gets the empty line that stands before them.
    for line in added:
        texts = {path: text.replace(f"{line}[", f"{line}\n[") for path, text in texts.items()}
    return {path: text.rstrip("\n") + "\n" if text.endswith("\n\n") else text for path, text in texts.items()}


def _edit_entry(document: Any, edit: FeatureEdit, workspace: Any) -> None:  # noqa: ANN401 - a document of tomlkit
    table, key = _entry(document, edit)
    inherited = not isinstance(table[key], str) and table[key].get("workspace") is True
    if inherited and (edit.defaults_off or edit.off):
        shared = workspace().get("workspace", {}).get("dependencies", {})
        if key not in shared:
            raise BuildFailedError(f"{key} is not in [workspace.dependencies]")
        _change(shared, key, edit)
        own = table[key].get("features")
        _remove(own, edit.off)
        return
    _change(table, key, edit)


def _change(table: MutableMapping[str, Any], key: str, edit: FeatureEdit) -> None:
    import tomlkit

    value = table[key]
    if isinstance(value, str):
        fields = [f"version = {tomlkit.string(str(value)).as_string()}"]
        fields += ["default-features = false"] if edit.defaults_off else []
        fields += [f"features = {_array(edit.on)}"] if edit.on else []
        table[key] = tomlkit.value("{ " + ", ".join(fields) + " }")
        return
    if edit.defaults_off:
        old = "default_features" if "default_features" in value else "default-features"
        value[old] = False
    _remove(value.get("features"), edit.off)
    present = value.get("features")
    wanted = [name for name in edit.on if present is None or name not in present]
    if present is None and wanted:
        value["features"] = tomlkit.value(_array(wanted))
    for name in wanted if present is not None else ():
        present.append(name)
    if hasattr(value, "as_string") and value.as_string().startswith("{"):
        table[key] = _spaced(value)


def _spaced(value: Any) -> Any:  # noqa: ANN401 - a value of tomlkit
    """Return an inline table with a space inside each brace and after each comma, as rustfmt's habit is."""
    import tomlkit

    fields = [
        f"{tomlkit.key(name).as_string().strip()} = {tomlkit.item(item).as_string().strip()}"
        for name, item in value.items()
    ]
    spaced = tomlkit.value("{ " + ", ".join(fields) + " }")
    spaced.trivia.comment_ws, spaced.trivia.comment = value.trivia.comment_ws, value.trivia.comment
    spaced.trivia.trail = value.trivia.trail
    return spaced


def _remove(features: Any, names: tuple[str, ...]) -> None:  # noqa: ANN401 - an array of tomlkit
    for name in names:
        while features is not None and name in features:
            features.remove(name)


def _add_entry(document: Any, edit: FeatureEdit) -> str:  # noqa: ANN401 - a document of tomlkit
    """Add an entry, and return its line."""
    import tomlkit
    from tomlkit.items import KeyType, SingleKey

    parent = document
    if edit.dependency.target:
        parent = document.setdefault("target", tomlkit.table(is_super_table=True))
        found = next((key for key in parent if _same(key, edit.dependency.target)), None)
        if found is None:
            found = edit.dependency.target
            # Conditions hold double quotes: they stand in single ones.
            name = SingleKey(found, KeyType.Bare if found.replace("-", "").isalnum() else KeyType.Literal)
            parent.append(name, tomlkit.table(is_super_table=True))
        parent = parent[found]
    table = _table_name(edit.dependency)
    if table not in parent:
        parent[table] = tomlkit.table()
    value = f"{{ version = {_quoted(edit.new_version)}, features = {_array(edit.on)} }}"
    parent[table][edit.dependency.name] = tomlkit.value(value)
    return f"{edit.dependency.name} = {value}\n"


def _add_arguments(document: Any, edit: ArgumentEdit) -> None:  # noqa: ANN401 - a document of tomlkit
    """Write arguments where the settings may stand: ``[package.metadata.everylinux.build]``, or the workspace's."""
    import tomlkit

    table = document["package"] if "package" in document else document["workspace"]
    for name in ("metadata", "everylinux", "build"):
        if name not in table:
            table[name] = tomlkit.table(is_super_table=name != "build")
        table = table[name]
    if "args" not in table:
        table["args"] = tomlkit.array()
        table.add(tomlkit.nl())
    for argument in edit.arguments:
        if argument not in table["args"]:
            table["args"].append(argument)


def _entry(document: Any, edit: FeatureEdit) -> tuple[Any, str]:  # noqa: ANN401 - a document of tomlkit
    """Return the table that holds an entry, and its key."""
    parents = [document]
    if edit.dependency.target:
        targets = document.get("target", {})
        parents = [targets[key] for key in targets if _same(key, edit.dependency.target)]
    for parent in parents:
        for name in (_table_name(edit.dependency), _table_name(edit.dependency).replace("-", "_")):
            if edit.dependency.key in parent.get(name, {}):
                return parent[name], edit.dependency.key
    raise BuildFailedError(f"{edit.dependency.key} is not found in {edit.manifest}")


def _table_name(dependency: Dependency) -> str:
    return {"build": "build-dependencies", "dev": "dev-dependencies"}.get(dependency.kind or "", "dependencies")


def _same(left: str, right: str) -> bool:
    """Return whether two conditions are the same but for spaces: cargo prints them in a form of its own."""
    return "".join(left.split()).replace(",)", ")") == "".join(right.split()).replace(",)", ")")


def _quoted(text: str) -> str:
    import tomlkit

    return tomlkit.string(text).as_string()


def _array(names: Iterable[str]) -> str:
    return "[" + ", ".join(_quoted(name) for name in names) + "]"

"""Cargo packages and workspaces: what is asked for, what cargo is given, what it made."""

from everylinux.builders.cargo.builder import BUILDER, CargoBuilder

__all__ = ["BUILDER", "CargoBuilder"]

"""Sysroots: folders with a target's headers and libraries, given or made from Debian's packages."""

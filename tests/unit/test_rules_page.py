"""The page of rules names every folder of tests/elf as it is."""

from __future__ import annotations

import update_rules


def test_the_page_of_rules_is_up_to_date() -> None:
    assert update_rules.table() == update_rules.PAGE.read_text()

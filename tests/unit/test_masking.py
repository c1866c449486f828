"""Secrets in a log are not repeated in what is reported; nothing else is masked."""

from __future__ import annotations

import io

import pytest

from everylinux.diagnosis import explain
from everylinux.diagnosis.masking import MASK, masked

# Put together here, so that no tool takes this file for one with secrets in it.
LETTERS = "aB3" * 12
GITHUB = "gh" + "p_" + LETTERS
JWT = ".".join(["ey" + "JhbGciOiJ9", "ey" + "JzdWIiOiIx", "c2lnbmF0dXJl"])
AWS = "AK" + "IA" + "ABCDEFGHIJKLMNOP"


@pytest.mark.parametrize(
    ("line", "secret"),
    [
        ("fatal: unable to access 'https://user:{}@git.example.com/a.git/'", "hunter2"),
        ("fatal: unable to access 'https://{}@git.example.com/a.git/'", LETTERS),
        ("> Authorization: Bearer {}", LETTERS),
        ("> authorization: Basic {}", "dXNlcjpwYXNz"),
        ("> PRIVATE-TOKEN: {}", "abcdefgh"),
        ("error: {} is refused", JWT),
        ("error: {} is refused", AWS),
        ("AWS_SECRET_ACCESS_KEY={}", "wJalrXUtnFEMI/K7MDENG/bPxRfiCY"),
        ("login with {} failed", GITHUB),
        ("login with {} failed", "gl" + "pat-" + LETTERS),
        ("GET https://example.com/a?x=1&access_token={}&y=2 404", "abc"),
        ("//registry.example.com/:_authToken={}", "0123-abcd"),
        ("twine upload --password {} dist/a.whl", "hunter2"),
        ("+ curl -sS -u bot:{} https://example.com", "hunter2"),
        ('{{"api_key": "{}"}}', "a1b2c3d4e5"),
    ],
)
def test_a_secret_is_masked(line: str, secret: str) -> None:
    assert masked(line.format(secret)) == line.format(MASK)


@pytest.mark.parametrize(
    "line",
    [
        "a.c:3:1: error: expected identifier before '}' token",
        "SyntaxError: unexpected token: identifier",
        "undefined reference to `read_password@@GLIBC_2.17'",
        "git clone https://git.example.com/a.git@v1.2.3",
        "git clone ssh://git@git.example.com/a.git",
        "-DTOKEN_FOLDER=/usr/lib64/tokens",
        "npm ERR! 401 Unauthorized - GET https://registry.example.com/a",
        "verifying a@v1.0.0: checksum mismatch: h1:abcDEF123=",
    ],
)
def test_what_is_no_secret_is_left_as_it_is(line: str) -> None:
    assert masked(line) == line


def test_no_secret_is_in_an_explanation() -> None:
    log = (
        f"fatal: repository 'https://bot:{GITHUB}@git.example.com/a.git/' not found\n"
        f"error: https://bot:{GITHUB}@git.example.com/a.git failed\n"
    )
    explanation = explain(io.BytesIO(log.encode()))
    assert explanation.diagnoses[0].culprit == f"https://bot:{MASK}@git.example.com/a.git/"
    assert GITHUB not in repr(explanation)


def test_the_line_to_look_at_first_holds_no_secret() -> None:
    explanation = explain(io.BytesIO(f"error: nobody knows what TOKEN={LETTERS} means\n".encode()))
    assert explanation.best is not None
    assert explanation.best.text == f"error: nobody knows what TOKEN={MASK} means"

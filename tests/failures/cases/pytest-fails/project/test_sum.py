def test_adds():
    assert 1 + 2 == 4


def test_error_text():
    assert "error" in "no error"

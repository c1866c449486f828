import unittest


class Sum(unittest.TestCase):
    def test_adds(self):
        self.assertEqual(1 + 2, 4)

    def test_error_text(self):
        self.assertIn("error", "no error")

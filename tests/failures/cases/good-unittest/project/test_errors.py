import logging
import sys
import traceback
import unittest


class Errors(unittest.TestCase):
    def test_failure_is_logged(self):
        try:
            raise RuntimeError("cannot open shared object file: No such file or directory")
        except RuntimeError:
            traceback.print_exc()

    @unittest.expectedFailure
    def test_known_bug(self):
        self.assertEqual(1, 2)

    def test_fatal_error_text(self):
        print("error: undefined reference to `foo'", file=sys.stderr)
        logging.error("FAILED: fatal error")

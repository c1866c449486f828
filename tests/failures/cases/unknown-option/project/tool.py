import argparse

parser = argparse.ArgumentParser(allow_abbrev=False)
parser.add_argument("--verbose", action="store_true")
print(parser.parse_args())

import sys
import zipfile

with zipfile.ZipFile(sys.argv[1], "w") as wheel:
    wheel.writestr("x.py", "")
    wheel.writestr("x-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: x\nVersion: 1.0\n")
    wheel.writestr("x-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr("x-1.0.dist-info/RECORD", "")

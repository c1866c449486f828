import sys
import zipfile

library, name = sys.argv[1:]
with zipfile.ZipFile(f"{name}-1.0-cp311-cp311-linux_x86_64.whl", "w") as wheel:
    wheel.write(library, f"{name}/{library}")
    wheel.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    wheel.writestr(
        f"{name}-1.0.dist-info/WHEEL",
        "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: false\nTag: cp311-cp311-linux_x86_64\n",
    )
    wheel.writestr(f"{name}-1.0.dist-info/RECORD", f"{name}/{library},,\n")

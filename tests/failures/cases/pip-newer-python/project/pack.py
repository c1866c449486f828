import zipfile

with zipfile.ZipFile("app-1.0-py3-none-any.whl", "w") as wheel:
    metadata = "Metadata-Version: 2.1\nName: app\nVersion: 1.0\nRequires-Python: >=3.99\n"
    wheel.writestr("app-1.0.dist-info/METADATA", metadata)
    wheel.writestr("app-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr("app-1.0.dist-info/RECORD", "")

import tempfile

parts = [tempfile.TemporaryFile() for _ in range(40)]
print(len(parts), "parts")

import subprocess

subprocess.run(["frobnicate", "a"], check=True)

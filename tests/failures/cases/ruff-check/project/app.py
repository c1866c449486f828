import os

print("done")

#!/usr/bin/env python3
print("#define N 1")

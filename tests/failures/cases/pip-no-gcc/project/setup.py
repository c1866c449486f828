from setuptools import setup, Extension

setup(name="x", version="1", ext_modules=[Extension("x", ["x.c"])])

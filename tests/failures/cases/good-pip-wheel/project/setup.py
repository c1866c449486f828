from setuptools import Extension, setup

setup(
    name="x",
    version="1.0",
    py_modules=["error"],
    ext_modules=[Extension("fast", ["fast.c"], optional=True)],
)

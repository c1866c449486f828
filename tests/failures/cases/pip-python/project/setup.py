from setuptools import setup

setup(name="x", version="1", python_requires=">=3.99")

from pybind11.setup_helpers import Pybind11Extension
from setuptools import setup

setup(ext_modules=[Pybind11Extension("cxx_sample", ["cxx_sample.cpp"], cxx_std=17)], py_modules=[])

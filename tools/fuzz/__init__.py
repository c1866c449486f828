"""Fuzzing of `check`: files, images and packages made to break whoever reads them (``make fuzz``)."""

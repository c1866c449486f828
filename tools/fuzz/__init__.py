"""Fuzzing of `check` and `explain`: files, packages and logs made to break whoever reads them (``make fuzz``)."""

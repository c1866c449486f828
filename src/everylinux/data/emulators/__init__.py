"""CPUs that only an emulator knows here."""

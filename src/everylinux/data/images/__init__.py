"""The catalogue of base images."""

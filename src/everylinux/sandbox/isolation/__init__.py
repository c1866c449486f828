"""What keeps a run apart: bubblewrap, podman or docker, our helper in it, control groups, and what comes out of it."""

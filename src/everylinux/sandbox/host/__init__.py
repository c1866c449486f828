"""Programs that open a shared object: Python and Node.js of the image, and a tester of ours for all others."""

"""Making the catalogue of images: what is measured, what documents tell."""

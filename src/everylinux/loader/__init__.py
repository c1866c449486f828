"""The judgement: would this file start in that image."""

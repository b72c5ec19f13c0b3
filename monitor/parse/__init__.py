"""Bytes become entries; one file per format."""

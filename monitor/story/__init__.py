"""Matches become stories."""

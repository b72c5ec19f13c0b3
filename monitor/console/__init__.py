"""The pages and the health endpoints."""

"""A feed becomes bytes."""

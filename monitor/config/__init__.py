"""Files in config/ become frozen values."""

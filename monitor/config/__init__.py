"""Files in config/ become frozen values, or one line for every fault in them."""

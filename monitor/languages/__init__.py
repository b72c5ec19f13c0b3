"""Words that need more than case folding; one file per language."""

"""Sources of facts, one file each."""

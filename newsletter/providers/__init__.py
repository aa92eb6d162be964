"""Ways out: one vendor, one file, both directions. The file's name is what `[send] provider` says."""

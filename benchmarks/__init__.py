"""Speed as ratios from one run: ``make bench``. Absolute figures are of the machine they were measured on."""

"""The parts of the HTML source: the page, what it says of itself, its body, what stands around it."""

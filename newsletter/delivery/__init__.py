"""How mail leaves: claimed, sent, and accounted for whatever happens meanwhile."""

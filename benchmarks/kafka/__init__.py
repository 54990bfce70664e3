"""Workers that read a topic of a real broker into one store: how they scale, and how soon a line is counted."""

"""Ways to tell people and other programs; each is one small class in a module of its own."""

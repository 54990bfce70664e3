"""What `make load` and `make soak` do, for as long as shows that they do it."""

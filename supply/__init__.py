"""What drainwatch stands on: the licences of it, what is known against it, and the bill that names it all."""

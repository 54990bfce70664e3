"""How good is detection? Faults planted in real logs, labelled sessions, and one's own incidents replayed."""

"""One worker of many: reads partitions of a topic, and keeps in the store what it knows of each."""

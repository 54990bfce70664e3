"""What Elasticsearch costs, against real servers."""

"""Brings data views, searches and dashboards into Kibana, shown before they are imported."""

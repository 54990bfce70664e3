"""Brings a cluster to what drainwatch needs: templates, policies and roles, shown before they are applied."""

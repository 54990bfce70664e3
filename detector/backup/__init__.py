"""Copies of a store to be kept elsewhere: made while it is written, checked, and put back."""

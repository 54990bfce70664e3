"""Labelled sessions: lines of many requests, jobs or blocks, half of them fitted and the other half judged.

`reading` and `labels` bring them in, `contest.hold` fits and judges, `report` draws what came out.
"""

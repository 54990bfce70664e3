"""The real service under a real load: logs written at a steady rate, people and programs asking, for minutes or hours.

`make load` (`python -m benchmarks.pressure.load`) asks how quick it answers meanwhile, `make soak`
(`python -m benchmarks.pressure.soak`) whether it stays as small as it is.
"""

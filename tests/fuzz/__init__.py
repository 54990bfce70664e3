"""Whatever reads bytes of others is given bytes that were looked for: coverage-guided, by libFuzzer through atheris.

    python -m tests.fuzz [--seconds N] [--processes N] [TARGET…]

`make fuzz` runs it. A target is a function of bytes that raises where a promise is broken; `tests/fuzz/catalogue.py`
names them all. The compiled core is given the same bytes as Python and has to say the same: coverage of the Python
way leads the search, and a panic of the core ends it.
"""

# SPDX-License-Identifier: MIT
"""driver: what bench/run.py is made of: workloads, measure, table, facts."""

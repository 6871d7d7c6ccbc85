"""
Personal data: one rule family per file, found by `scan`, replaced by the op `scrub`.

`instrkit.pii.base` tells what a rule is; a new one is a new file here and its cases in the tests.
"""

from instrkit.pii.base import RULES, Rule
from instrkit.pii.scan import Audit, Hit, scan, scan_audit

__all__ = ["RULES", "Audit", "Hit", "Rule", "scan", "scan_audit"]

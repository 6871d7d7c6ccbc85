"""Tests of the PII rules."""

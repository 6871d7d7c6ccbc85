"""What `examples/make_data.py` is made of: a hand-written bank, computed families, writers and planted defects."""

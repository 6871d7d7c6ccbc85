"""
Plan → stages → barriers → publication: how a job becomes output, whatever engine runs its tasks.

    job.py      the job as plain data, cut into stages
    work.py     the working folder: content-addressed results with receipts, written atomically
    tasks.py    what an engine runs, and the one function that runs it
    reading.py  shard → samples, with what was rejected on the way
    stage.py    a judged stage: samples → maps → measures and sketches → part
    final.py    the last stage: samples → maps → output lines, and the ledger's rows
    barrier.py  measures and sketches → verdicts
    publish.py  parts → output, in one step
    run.py      all of it in order
"""

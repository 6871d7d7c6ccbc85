"""
Plan → stages → barriers → publication: how a job becomes output, whatever engine runs its tasks.

    job.py       the job as plain data, cut into stages
    plan.py      recipe → job: sources opened, formats detected, steps at their places
    work.py      the working folder: content-addressed results with receipts, written atomically
    watching.py who hears how a run goes on
    tasks.py     what an engine runs, and the one function that runs it
    unpack.py    large compressed files → plain copies that can be cut into shards
    reading.py   shard → samples, with what was rejected on the way
    stage.py     a judged stage: samples → maps → measures and sketches → part
    barrier.py   measures and sketches → verdicts
    evidence.py  candidate pairs → their similarity, in the workers
    final.py     the last stage: samples → maps → output lines
    sinks.py     sample → output records: of a format, or rendered
    account.py   what became of every record of a shard: counts, rows of ledger and statistics
    run.py       all stages in order, from the plan to the results of the shards
    publish.py   parts → output, in one step
    ran.py       what all outputs begin and end with: the run in its working folder, and its time
    outputs.py   a whole run, from the job to a published folder or file
    dataset.py   the same, to a folder for `datasets.load_from_disk`
"""

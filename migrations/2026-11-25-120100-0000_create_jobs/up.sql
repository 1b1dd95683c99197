-- Work that is done later or in the background. A job is enqueued in the transaction that made it necessary, and may run twice.
CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    payload jsonb NOT NULL,
    run_at timestamptz NOT NULL,
    -- Counts claims; whoever holds the newest one may write how it ended.
    claims integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    lease_until timestamptz,
    last_error text,
    given_up_at timestamptz,
    created_at timestamptz NOT NULL
);
CREATE INDEX jobs_run_at_idx ON jobs (run_at, id) WHERE given_up_at IS NULL;

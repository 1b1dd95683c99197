-- The row is the submission and its place in the queue: both are one transaction.
CREATE TABLE submissions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind text NOT NULL,
    challenge_id uuid REFERENCES challenges (id) ON DELETE RESTRICT,
    content_version_id uuid REFERENCES content_versions (id) ON DELETE RESTRICT,
    rejudge_of uuid REFERENCES submissions (id) ON DELETE CASCADE,
    runtime text NOT NULL,
    client_request_id text NOT NULL,
    request_digest bytea NOT NULL,
    attempt integer,
    files jsonb NOT NULL,
    entry text,
    args jsonb NOT NULL DEFAULT '[]',
    stdin text NOT NULL DEFAULT '',
    seed bigint NOT NULL,
    status text NOT NULL DEFAULT 'QUEUED',
    class smallint NOT NULL,
    generation integer NOT NULL DEFAULT 0,
    lease_until timestamptz,
    worker_id text,
    cell_faults integer NOT NULL DEFAULT 0,
    lease_expiries integer NOT NULL DEFAULT 0,
    cancel_requested_at timestamptz,
    verdict text,
    score integer,
    max_score integer,
    stdout text NOT NULL DEFAULT '',
    stderr text NOT NULL DEFAULT '',
    output_truncated boolean NOT NULL DEFAULT false,
    exit_code integer,
    detail text,
    uses_attempt boolean NOT NULL DEFAULT false,
    final_seq bigint,
    cpu_ms bigint,
    wall_ms bigint,
    peak_memory_kib bigint,
    created_at timestamptz NOT NULL,
    queued_at timestamptz NOT NULL,
    -- Its place within the class: queued_at, less the head start of plans that go first.
    rank_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT submissions_kind_is_known CHECK (kind IN ('SUBMISSION', 'CHECKS', 'RUN', 'REJUDGE')),
    CONSTRAINT submissions_status_is_known CHECK (status IN ('QUEUED', 'RUNNING', 'FINISHED')),
    CONSTRAINT submissions_verdict_is_known CHECK (verdict IN ('INFRASTRUCTURE', 'CONTENT_ERROR', 'CANCELLED', 'FORBIDDEN', 'MEMORY_LIMIT',
        'OUTPUT_LIMIT', 'TIME_LIMIT', 'COMPILE_ERROR', 'RUNTIME_ERROR', 'WRONG_ANSWER', 'ACCEPTED', 'NOT_GRADABLE')),
    CONSTRAINT submissions_finished_has_a_verdict CHECK ((status = 'FINISHED') = (verdict IS NOT NULL)
        AND (status = 'FINISHED') = (finished_at IS NOT NULL) AND (status = 'FINISHED') = (final_seq IS NOT NULL)),
    CONSTRAINT submissions_running_has_a_lease CHECK ((status = 'RUNNING') = (lease_until IS NOT NULL)),
    CONSTRAINT submissions_challenge_is_pinned CHECK ((challenge_id IS NULL) = (content_version_id IS NULL)),
    CONSTRAINT submissions_only_a_run_has_no_challenge CHECK ((kind = 'RUN') = (challenge_id IS NULL)),
    CONSTRAINT submissions_rejudge_names_its_original CHECK ((kind = 'REJUDGE') = (rejudge_of IS NOT NULL)),
    CONSTRAINT submissions_only_attempts_are_numbered CHECK ((kind = 'SUBMISSION') = (attempt IS NOT NULL))
);
CREATE UNIQUE INDEX submissions_user_id_client_request_id_key ON submissions (user_id, client_request_id);
CREATE UNIQUE INDEX submissions_one_in_flight_key ON submissions (user_id, challenge_id) WHERE kind = 'SUBMISSION' AND status <> 'FINISHED';
CREATE INDEX submissions_queue_idx ON submissions (class, rank_at, id) WHERE status = 'QUEUED';
CREATE INDEX submissions_leases_idx ON submissions (lease_until) WHERE status = 'RUNNING';
CREATE INDEX submissions_in_flight_idx ON submissions (user_id) WHERE status <> 'FINISHED';
CREATE INDEX submissions_user_id_id_idx ON submissions (user_id, id DESC);
CREATE INDEX submissions_user_id_challenge_id_idx ON submissions (user_id, challenge_id, id DESC);
CREATE INDEX submissions_user_id_created_at_idx ON submissions (user_id, created_at);
CREATE INDEX submissions_rejudge_of_idx ON submissions (rejudge_of) WHERE rejudge_of IS NOT NULL;
CREATE INDEX submissions_finished_at_idx ON submissions (finished_at) WHERE status = 'FINISHED';
CREATE INDEX submissions_challenge_id_idx ON submissions (challenge_id);
CREATE INDEX submissions_content_version_id_idx ON submissions (content_version_id);

CREATE TABLE submission_checks (
    submission_id uuid NOT NULL REFERENCES submissions (id) ON DELETE CASCADE,
    position integer NOT NULL,
    check_id text NOT NULL,
    title text NOT NULL,
    status text NOT NULL,
    points integer NOT NULL,
    max_points integer NOT NULL,
    visibility text NOT NULL,
    message text,
    expected text,
    actual text,
    cpu_ms bigint,
    wall_ms bigint,
    peak_memory_kib bigint,
    PRIMARY KEY (submission_id, position),
    CONSTRAINT submission_checks_status_is_known CHECK (status IN ('PASSED', 'FAILED', 'ERROR', 'TIMED_OUT', 'MEMORY_EXCEEDED', 'FORBIDDEN', 'NOT_RUN')),
    CONSTRAINT submission_checks_visibility_is_known CHECK (visibility IN ('PUBLIC', 'HIDDEN', 'ON_FAIL'))
);

CREATE TABLE drafts (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    challenge_id uuid NOT NULL REFERENCES challenges (id) ON DELETE CASCADE,
    files jsonb NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, challenge_id)
);
CREATE INDEX drafts_challenge_id_idx ON drafts (challenge_id);

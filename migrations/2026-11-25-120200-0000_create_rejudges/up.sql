-- All attempts at a challenge judged again. The runs are submissions; what they found changes nothing until it is applied.
CREATE TABLE rejudges (
    id uuid PRIMARY KEY,
    challenge_id uuid NOT NULL REFERENCES challenges (id) ON DELETE RESTRICT,
    content_version_id uuid NOT NULL REFERENCES content_versions (id) ON DELETE RESTRICT,
    status text NOT NULL,
    started_by uuid REFERENCES users (id) ON DELETE SET NULL,
    attempts integer NOT NULL,
    -- The newest attempt whose run was queued.
    queued_to uuid,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT rejudges_status_is_known CHECK (status IN ('RUNNING', 'READY', 'APPLYING', 'APPLIED', 'DISCARDED')),
    CONSTRAINT rejudges_end_has_a_time CHECK ((status IN ('APPLIED', 'DISCARDED')) = (ended_at IS NOT NULL))
);
CREATE UNIQUE INDEX rejudges_one_open_key ON rejudges (challenge_id) WHERE status IN ('RUNNING', 'READY', 'APPLYING');
CREATE INDEX rejudges_challenge_id_idx ON rejudges (challenge_id);
CREATE INDEX rejudges_content_version_id_idx ON rejudges (content_version_id);
CREATE INDEX rejudges_started_by_idx ON rejudges (started_by);

CREATE TABLE rejudge_results (
    rejudge_id uuid NOT NULL REFERENCES rejudges (id) ON DELETE CASCADE,
    submission_id uuid NOT NULL REFERENCES submissions (id) ON DELETE CASCADE,
    run_id uuid NOT NULL REFERENCES submissions (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    verdict_before text NOT NULL,
    score_before integer,
    applied_at timestamptz,
    PRIMARY KEY (rejudge_id, submission_id)
);
CREATE UNIQUE INDEX rejudge_results_run_id_key ON rejudge_results (run_id);
CREATE INDEX rejudge_results_submission_id_idx ON rejudge_results (submission_id);
CREATE INDEX rejudge_results_user_id_idx ON rejudge_results (user_id);
CREATE INDEX rejudge_results_not_applied_idx ON rejudge_results (rejudge_id, user_id) WHERE applied_at IS NULL;

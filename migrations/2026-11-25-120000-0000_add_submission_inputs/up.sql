-- What is typed into a running playground program, in order; whichever worker holds the run reads it from here.
ALTER TABLE submissions ADD COLUMN stdin_open boolean NOT NULL DEFAULT false;
ALTER TABLE submissions ADD CONSTRAINT submissions_only_a_run_is_typed_into CHECK (kind = 'RUN' OR NOT stdin_open);

CREATE TABLE submission_inputs (
    submission_id uuid NOT NULL REFERENCES submissions (id) ON DELETE CASCADE,
    seq integer NOT NULL,
    text text NOT NULL,
    ends boolean NOT NULL,
    client_request_id text,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (submission_id, seq)
);
CREATE UNIQUE INDEX submission_inputs_submission_id_client_request_id_key ON submission_inputs (submission_id, client_request_id);

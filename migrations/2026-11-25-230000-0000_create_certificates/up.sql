-- One row a learner and kind, for good: what a rejudge takes away is withdrawn and may come back, what an admin revokes may not.
CREATE TABLE certificates (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind text NOT NULL,
    code text NOT NULL,
    recipient text NOT NULL,
    title text NOT NULL,
    statement text NOT NULL,
    -- The passed challenges and completed lessons that it rests on.
    evidence uuid[] NOT NULL,
    issued_at timestamptz NOT NULL,
    kid text,
    signature bytea,
    withdrawn_at timestamptz,
    revoked_at timestamptz,
    revoked_by uuid REFERENCES users (id) ON DELETE SET NULL,
    revocation_reason text,
    CONSTRAINT certificates_signature_names_its_key CHECK ((kid IS NULL) = (signature IS NULL)),
    CONSTRAINT certificates_signature_is_ed25519 CHECK (octet_length(signature) = 64),
    CONSTRAINT certificates_revocation_has_a_reason CHECK ((revoked_at IS NULL) = (revocation_reason IS NULL))
);
CREATE UNIQUE INDEX certificates_user_id_kind_key ON certificates (user_id, kind);
CREATE UNIQUE INDEX certificates_code_key ON certificates (code);
CREATE INDEX certificates_revoked_by_idx ON certificates (revoked_by) WHERE revoked_by IS NOT NULL;

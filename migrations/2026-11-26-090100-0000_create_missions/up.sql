-- Derived; a rejudge adds and removes rows.
CREATE TABLE mission_completions (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    mission_slug text NOT NULL,
    period date NOT NULL,
    completed_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, mission_slug, period)
);

ALTER TABLE xp_entries ADD COLUMN track_id uuid REFERENCES tracks (id) ON DELETE SET NULL;
CREATE INDEX xp_entries_track_id_idx ON xp_entries (track_id) WHERE track_id IS NOT NULL;
CREATE INDEX xp_entries_user_id_created_at_idx ON xp_entries (user_id, created_at);
ALTER TABLE xp_entries DROP CONSTRAINT xp_entries_kind_is_known;
ALTER TABLE xp_entries ADD CONSTRAINT xp_entries_kind_is_known
    CHECK (kind IN ('LESSON', 'CHALLENGE', 'MODULE', 'ACHIEVEMENT', 'MISSION', 'CORRECTION'));

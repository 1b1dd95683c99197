-- One an account: a new one takes the place of the old one.
CREATE TABLE data_exports (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    with_submissions boolean NOT NULL,
    requested_at timestamptz NOT NULL,
    ready_at timestamptz,
    bytes bigint NOT NULL DEFAULT 0,
    CONSTRAINT data_exports_bytes_is_not_negative CHECK (bytes >= 0)
);
CREATE INDEX data_exports_requested_at_idx ON data_exports (requested_at);

-- The text in pieces, so that nobody has to hold all of it in memory.
CREATE TABLE data_export_parts (
    user_id uuid NOT NULL REFERENCES data_exports (user_id) ON DELETE CASCADE,
    position integer NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (user_id, position)
);

ALTER TABLE notifications
    DROP CONSTRAINT notifications_kind_is_known,
    ADD CONSTRAINT notifications_kind_is_known CHECK (kind IN ('ACHIEVEMENT_UNLOCKED', 'LEVEL_REACHED', 'STREAK_FROZEN', 'STREAK_LOST', 'XP_CORRECTED',
        'CERTIFICATE_ISSUED', 'CERTIFICATE_REVOKED', 'REPORT_CARD_ISSUED', 'DATA_EXPORT_READY'));

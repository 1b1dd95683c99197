CREATE TABLE notifications (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind text NOT NULL,
    title text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL,
    read_at timestamptz,
    CONSTRAINT notifications_kind_is_known CHECK (kind IN ('ACHIEVEMENT_UNLOCKED', 'LEVEL_REACHED', 'STREAK_FROZEN', 'STREAK_LOST', 'XP_CORRECTED'))
);
CREATE INDEX notifications_user_id_id_idx ON notifications (user_id, id DESC);
CREATE INDEX notifications_unread_idx ON notifications (user_id) WHERE read_at IS NULL;
CREATE INDEX notifications_created_at_idx ON notifications (created_at);

-- A leaderboard of everyone (no track) or of one track, for all time, a month or a week; periods begin at midnight UTC.
CREATE TABLE boards (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    track_id uuid REFERENCES tracks (id) ON DELETE CASCADE,
    period text NOT NULL,
    starts_on date NOT NULL,
    CONSTRAINT boards_period_is_known CHECK (period IN ('ALL_TIME', 'MONTH', 'WEEK'))
);
CREATE UNIQUE INDEX boards_track_id_period_starts_on_key ON boards (track_id, period, starts_on) NULLS NOT DISTINCT;
CREATE INDEX boards_starts_on_idx ON boards (starts_on);

-- What each learner has gathered on a board: kept with every entry of the ledger, in its transaction.
CREATE TABLE board_scores (
    board_id bigint NOT NULL REFERENCES boards (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    xp bigint NOT NULL,
    reached_at timestamptz NOT NULL,
    listed boolean NOT NULL,
    PRIMARY KEY (board_id, user_id)
) WITH (fillfactor = 80);
CREATE INDEX board_scores_order_idx ON board_scores (board_id, xp DESC, reached_at, user_id) WHERE listed AND xp > 0;
CREATE INDEX board_scores_user_id_idx ON board_scores (user_id);

-- How many listed learners stand in a bucket, so that a rank is a sum of a few hundred rows at most. Level 2 counts by 256 XP, level 1 by
-- the XP exactly, level 0 by the XP and the 65 536 seconds in which it was reached.
CREATE TABLE board_counts (
    board_id bigint NOT NULL REFERENCES boards (id) ON DELETE CASCADE,
    level smallint NOT NULL,
    bucket bigint NOT NULL,
    learners bigint NOT NULL,
    PRIMARY KEY (board_id, level, bucket)
) WITH (fillfactor = 60);

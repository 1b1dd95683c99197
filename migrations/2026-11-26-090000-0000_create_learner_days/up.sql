-- What a learner has set for their learning. No row: the defaults.
CREATE TABLE learner_settings (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    daily_xp_goal integer NOT NULL,
    weekly_lessons_goal integer NOT NULL,
    listed_on_leaderboards boolean NOT NULL DEFAULT true,
    CONSTRAINT learner_settings_daily_xp_goal_is_in_range CHECK (daily_xp_goal BETWEEN 1 AND 10000),
    CONSTRAINT learner_settings_weekly_lessons_goal_is_in_range CHECK (weekly_lessons_goal BETWEEN 1 AND 100)
);

-- The zone and the hour at which a day starts, from a moment on. No row: the account's zone, from midnight.
CREATE TABLE learner_clocks (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    since timestamptz NOT NULL,
    time_zone text NOT NULL,
    day_start_hour smallint NOT NULL,
    PRIMARY KEY (user_id, since),
    CONSTRAINT learner_clocks_day_start_hour_is_in_range CHECK (day_start_hour BETWEEN 0 AND 12)
);

-- What counts for a day: each accepted attempt, each completed lesson. Derived; a rejudge adds and removes rows.
CREATE TABLE activities (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind text NOT NULL,
    source_id uuid NOT NULL,
    item_id uuid NOT NULL,
    at timestamptz NOT NULL,
    time_zone text NOT NULL,
    day_start_hour smallint NOT NULL,
    first_of_item boolean NOT NULL,
    attempt integer NOT NULL,
    hints integer NOT NULL,
    PRIMARY KEY (user_id, kind, source_id),
    CONSTRAINT activities_kind_is_known CHECK (kind IN ('CHALLENGE', 'LESSON'))
);
CREATE INDEX activities_user_id_at_idx ON activities (user_id, at);

-- The streak as it was last told, and when it changes by itself.
CREATE TABLE streaks (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    current bigint NOT NULL,
    longest bigint NOT NULL,
    freezes bigint NOT NULL,
    frozen bigint NOT NULL,
    due timestamptz
);
CREATE INDEX streaks_due_idx ON streaks (due) WHERE due IS NOT NULL;

-- When the time that a lesson asks for was reached; its completion follows from this, its quiz and its challenge.
ALTER TABLE lesson_progress ADD COLUMN dwell_met_at timestamptz;

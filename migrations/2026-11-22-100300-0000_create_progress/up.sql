CREATE TABLE lesson_progress (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    lesson_id uuid NOT NULL REFERENCES lessons (id) ON DELETE CASCADE,
    started_at timestamptz NOT NULL,
    last_heartbeat_at timestamptz NOT NULL,
    dwell_ms bigint NOT NULL DEFAULT 0,
    completed_at timestamptz,
    PRIMARY KEY (user_id, lesson_id),
    CONSTRAINT lesson_progress_dwell_ms_is_not_negative CHECK (dwell_ms >= 0)
);
CREATE INDEX lesson_progress_lesson_id_idx ON lesson_progress (lesson_id);

CREATE TABLE quiz_attempts (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    quiz_id uuid NOT NULL REFERENCES quizzes (id) ON DELETE CASCADE,
    content_version_id uuid NOT NULL REFERENCES content_versions (id) ON DELETE RESTRICT,
    number integer NOT NULL,
    answers jsonb NOT NULL,
    score integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT quiz_attempts_score_is_a_percentage CHECK (score BETWEEN 0 AND 100)
);
CREATE UNIQUE INDEX quiz_attempts_user_id_quiz_id_number_key ON quiz_attempts (user_id, quiz_id, number);
CREATE INDEX quiz_attempts_quiz_id_idx ON quiz_attempts (quiz_id);
CREATE INDEX quiz_attempts_content_version_id_idx ON quiz_attempts (content_version_id);

CREATE TABLE challenge_progress (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    challenge_id uuid NOT NULL REFERENCES challenges (id) ON DELETE CASCADE,
    attempts_used integer NOT NULL DEFAULT 0,
    best_score integer NOT NULL DEFAULT 0,
    passed_at timestamptz,
    last_graded_at timestamptz,
    PRIMARY KEY (user_id, challenge_id)
);
CREATE INDEX challenge_progress_challenge_id_idx ON challenge_progress (challenge_id);

CREATE TABLE hint_reveals (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    challenge_id uuid NOT NULL REFERENCES challenges (id) ON DELETE CASCADE,
    rung integer NOT NULL,
    revealed_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, challenge_id, rung),
    CONSTRAINT hint_reveals_rung_is_known CHECK (rung BETWEEN 1 AND 3)
);
CREATE INDEX hint_reveals_challenge_id_idx ON hint_reveals (challenge_id);

-- Append-only: a learner's total is the sum. A correction is a new entry, never an update.
CREATE TABLE xp_entries (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind text NOT NULL,
    source_id text NOT NULL,
    revision integer NOT NULL,
    amount integer NOT NULL,
    reason text NOT NULL,
    content_version_id uuid REFERENCES content_versions (id) ON DELETE RESTRICT,
    created_at timestamptz NOT NULL,
    CONSTRAINT xp_entries_kind_is_known CHECK (kind IN ('LESSON', 'CHALLENGE', 'MODULE', 'ACHIEVEMENT')),
    CONSTRAINT xp_entries_amount_is_not_zero CHECK (amount <> 0)
);
CREATE UNIQUE INDEX xp_entries_user_id_kind_source_id_revision_key ON xp_entries (user_id, kind, source_id, revision);
CREATE INDEX xp_entries_user_id_id_idx ON xp_entries (user_id, id DESC);
CREATE INDEX xp_entries_content_version_id_idx ON xp_entries (content_version_id);

CREATE TABLE user_achievements (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    achievement_slug text NOT NULL,
    unlocked_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, achievement_slug)
);

CREATE TABLE problem_reports (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    item_id uuid NOT NULL,
    message text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX problem_reports_user_id_idx ON problem_reports (user_id);
CREATE INDEX problem_reports_item_id_idx ON problem_reports (item_id);

CREATE TABLE tracks (
    id uuid PRIMARY KEY,
    slug text NOT NULL,
    title text NOT NULL,
    summary text NOT NULL,
    position integer NOT NULL,
    retired_at timestamptz
);
CREATE UNIQUE INDEX tracks_slug_key ON tracks (slug);
CREATE INDEX tracks_position_idx ON tracks (position, id);

CREATE TABLE modules (
    id uuid PRIMARY KEY,
    track_id uuid NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    slug text NOT NULL,
    title text NOT NULL,
    summary text NOT NULL,
    number integer NOT NULL,
    xp integer NOT NULL,
    position integer NOT NULL,
    retired_at timestamptz,
    CONSTRAINT modules_xp_is_not_negative CHECK (xp >= 0)
);
CREATE UNIQUE INDEX modules_track_id_slug_key ON modules (track_id, slug);
CREATE INDEX modules_track_id_position_idx ON modules (track_id, position);

-- Content is immutable and content-addressed: a changed file makes a new row, an attempt pins the row it was graded against.
CREATE TABLE content_versions (
    id uuid PRIMARY KEY,
    item_id uuid NOT NULL,
    kind text NOT NULL,
    number integer NOT NULL,
    digest text NOT NULL,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT content_versions_kind_is_known CHECK (kind IN ('LESSON', 'QUIZ', 'CHALLENGE'))
);
CREATE UNIQUE INDEX content_versions_item_id_digest_key ON content_versions (item_id, digest);
CREATE UNIQUE INDEX content_versions_item_id_number_key ON content_versions (item_id, number);

CREATE TABLE lessons (
    id uuid PRIMARY KEY,
    module_id uuid NOT NULL REFERENCES modules (id) ON DELETE CASCADE,
    slug text NOT NULL,
    title text NOT NULL,
    summary text NOT NULL,
    minutes integer NOT NULL,
    position integer NOT NULL,
    version_id uuid NOT NULL REFERENCES content_versions (id) ON DELETE RESTRICT,
    retired_at timestamptz,
    CONSTRAINT lessons_minutes_is_positive CHECK (minutes > 0)
);
CREATE UNIQUE INDEX lessons_slug_key ON lessons (slug);
CREATE INDEX lessons_module_id_position_idx ON lessons (module_id, position);
CREATE INDEX lessons_version_id_idx ON lessons (version_id);

CREATE TABLE quizzes (
    id uuid PRIMARY KEY,
    lesson_id uuid NOT NULL REFERENCES lessons (id) ON DELETE CASCADE,
    version_id uuid NOT NULL REFERENCES content_versions (id) ON DELETE RESTRICT,
    retired_at timestamptz
);
CREATE UNIQUE INDEX quizzes_lesson_id_key ON quizzes (lesson_id) WHERE retired_at IS NULL;
CREATE INDEX quizzes_version_id_idx ON quizzes (version_id);

CREATE TABLE challenges (
    id uuid PRIMARY KEY,
    module_id uuid NOT NULL REFERENCES modules (id) ON DELETE CASCADE,
    lesson_id uuid REFERENCES lessons (id) ON DELETE SET NULL,
    slug text NOT NULL,
    title text NOT NULL,
    summary text NOT NULL,
    difficulty text NOT NULL,
    points integer NOT NULL,
    minutes integer NOT NULL,
    runtime text NOT NULL,
    red_team boolean NOT NULL,
    position integer NOT NULL,
    version_id uuid NOT NULL REFERENCES content_versions (id) ON DELETE RESTRICT,
    retired_at timestamptz,
    CONSTRAINT challenges_difficulty_is_known CHECK (difficulty IN ('BEGINNER', 'INTERMEDIATE', 'ADVANCED')),
    CONSTRAINT challenges_runtime_is_known CHECK (runtime IN ('PYTHON', 'DATA', 'WEB', 'CLOUD')),
    CONSTRAINT challenges_points_is_positive CHECK (points > 0)
);
CREATE UNIQUE INDEX challenges_slug_key ON challenges (slug);
CREATE UNIQUE INDEX challenges_lesson_id_key ON challenges (lesson_id) WHERE retired_at IS NULL;
CREATE INDEX challenges_module_id_position_idx ON challenges (module_id, position);
CREATE INDEX challenges_version_id_idx ON challenges (version_id);

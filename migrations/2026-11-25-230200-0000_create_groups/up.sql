CREATE TABLE groups (
    id uuid PRIMARY KEY,
    instructor_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name text NOT NULL,
    -- What a learner types to join; a new one makes the old one worthless.
    invitation_code text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX groups_invitation_code_key ON groups (invitation_code);
CREATE INDEX groups_instructor_id_id_idx ON groups (instructor_id, id DESC);

CREATE TABLE group_members (
    id uuid PRIMARY KEY,
    group_id uuid NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    joined_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX group_members_group_id_user_id_key ON group_members (group_id, user_id);
CREATE INDEX group_members_group_id_id_idx ON group_members (group_id, id);
CREATE INDEX group_members_user_id_id_idx ON group_members (user_id, id DESC);

CREATE TABLE squads (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    code text NOT NULL,
    weekly_xp_goal integer NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT squads_weekly_xp_goal_is_in_range CHECK (weekly_xp_goal BETWEEN 1 AND 1000000)
);
CREATE UNIQUE INDEX squads_code_key ON squads (code);

CREATE TABLE squad_members (
    squad_id uuid NOT NULL REFERENCES squads (id) ON DELETE CASCADE,
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    joined_at timestamptz NOT NULL,
    PRIMARY KEY (squad_id, user_id)
);
CREATE INDEX squad_members_user_id_idx ON squad_members (user_id);

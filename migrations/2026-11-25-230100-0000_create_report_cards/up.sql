-- A month that has ended, as it was when its card was issued; never changed afterwards.
CREATE TABLE report_cards (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    month date NOT NULL,
    time_zone text NOT NULL,
    body jsonb NOT NULL,
    issued_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, month),
    CONSTRAINT report_cards_month_is_its_first_day CHECK (extract(day FROM month) = 1)
);

-- Time zones whose month is over and done with, so that the scheduler looks at nobody twice.
CREATE TABLE report_card_rounds (
    time_zone text NOT NULL,
    month date NOT NULL,
    done_at timestamptz NOT NULL,
    PRIMARY KEY (time_zone, month)
);

CREATE INDEX users_time_zone_id_idx ON users (time_zone, id);

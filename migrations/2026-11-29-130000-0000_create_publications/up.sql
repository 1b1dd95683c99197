-- Each time the curriculum changed: what is kept of the live curriculum is of one of these.
CREATE TABLE publications (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL,
    published_at timestamptz NOT NULL,
    CONSTRAINT publications_id_key UNIQUE (id)
);
-- What is there already.
INSERT INTO publications (id, published_at) VALUES (gen_random_uuid(), now());

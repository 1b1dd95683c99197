DROP TABLE outbox;
DROP TABLE user_events;
DROP TABLE refresh_tokens;
DROP TABLE sessions;
DROP TABLE users;

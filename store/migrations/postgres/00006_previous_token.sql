-- What a session's token sealed before it was replaced: who still shows the old one is
-- told so for a moment.

-- +goose Up
ALTER TABLE sessions ADD COLUMN previous_token_id BYTEA;
CREATE INDEX sessions_by_previous_token ON sessions (previous_token_id) WHERE previous_token_id IS NOT NULL;

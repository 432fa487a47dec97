-- What the whole native API knows of persons, links, mails and sessions beyond the
-- login. Every new column has a default: the program before this one goes on writing.

-- +goose Up
ALTER TABLE users ADD COLUMN first_name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN middle_name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN last_name TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN trusted_metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE users ADD COLUMN untrusted_metadata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE users ADD COLUMN external_id TEXT;
ALTER TABLE users ADD COLUMN kept INTEGER NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX users_by_external_id ON users (project_id, external_id) WHERE external_id IS NOT NULL;

ALTER TABLE emails ADD COLUMN attached_until INTEGER;

ALTER TABLE magic_links ADD COLUMN session_id BLOB;

ALTER TABLE queued_mails ADD COLUMN template TEXT NOT NULL DEFAULT '';
ALTER TABLE queued_mails ADD COLUMN locale TEXT NOT NULL DEFAULT '';
ALTER TABLE queued_mails ADD COLUMN address TEXT NOT NULL DEFAULT '';

ALTER TABLE sessions ADD COLUMN more_factors TEXT NOT NULL DEFAULT '[]';
ALTER TABLE sessions ADD COLUMN custom_claims TEXT NOT NULL DEFAULT '{}';
CREATE INDEX sessions_by_user ON sessions (user_id);

ALTER TABLE signing_keys ADD COLUMN signs_from INTEGER NOT NULL DEFAULT 0;

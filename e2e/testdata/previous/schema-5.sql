-- What the last program of schema 5 sent to PostgreSQL in one login, as its log had it,
-- with names in the place of $1 and in the order of the program. Left out are the locks
-- (FOR SHARE, FOR UPDATE), which SQLite has not, and the mailbox's history. The end of a
-- claim, which is each database's own clock, is a parameter.

-- name: key
INSERT INTO master_keys (key_id, fingerprint, active, created_at) VALUES (@key, @fingerprint, @yes, @now);

-- name: start
INSERT INTO emails (id, project_id, user_id, address, identity, verified_at, attached_until, created_at) VALUES (@email, @project, @user, @address, @address, @null, @null, @now) ON CONFLICT DO NOTHING;
INSERT INTO users (id, project_id, status, first_name, middle_name, last_name, trusted_metadata, untrusted_metadata, external_id, kept, created_at) VALUES (@user, @project, 'active', '', '', '', '{}', '{}', @null, @no, @now);
INSERT INTO magic_links (id, project_id, user_id, email_id, key_id, kind, challenge, redirect_url, session_id, ip_address, user_agent, created_at, expires_at, opened_at, redeemed_at, revoked_at) VALUES (@link, @project, @user, @email, @key, 'signup', @challenge, @redirect_url, @null, '', '', @now, @later, @null, @null, @null);
INSERT INTO queued_mails (id, project_id, link_id, template, locale, address, message_domain, status, attempts, next_attempt_at, claimed_until, last_reply, created_at, expires_at, finished_at) VALUES (@link, @project, @link, '', '', '', '', 'queued', 0, @now, 0, '', @now, @later, @null);

-- name: claim
UPDATE "queued_mails" SET "claimed_until"=@soon WHERE id = @link AND status = 'queued' AND claimed_until <= @now AND ((next_attempt_at <= @now OR next_attempt_at > @later));

-- name: read
SELECT "queued_mails"."id","queued_mails"."project_id","queued_mails"."link_id","queued_mails"."template","queued_mails"."locale","queued_mails"."address","queued_mails"."message_domain","queued_mails"."status","queued_mails"."attempts","queued_mails"."next_attempt_at","queued_mails"."claimed_until","queued_mails"."last_reply","queued_mails"."created_at","queued_mails"."expires_at","queued_mails"."finished_at" FROM "queued_mails" WHERE id = @link LIMIT 1;
SELECT "magic_links"."id","magic_links"."project_id","magic_links"."user_id","magic_links"."email_id","magic_links"."key_id","magic_links"."kind","magic_links"."challenge","magic_links"."redirect_url","magic_links"."session_id","magic_links"."ip_address","magic_links"."user_agent","magic_links"."created_at","magic_links"."expires_at","magic_links"."opened_at","magic_links"."redeemed_at","magic_links"."revoked_at" FROM "magic_links" WHERE id = @link LIMIT 1;
SELECT "emails"."id","emails"."project_id","emails"."user_id","emails"."address","emails"."identity","emails"."verified_at","emails"."attached_until","emails"."created_at" FROM "emails" WHERE id = @email AND project_id = @project LIMIT 1;
SELECT "users"."id","users"."project_id","users"."status","users"."first_name","users"."middle_name","users"."last_name","users"."trusted_metadata","users"."untrusted_metadata","users"."external_id","users"."kept","users"."created_at" FROM "users" WHERE id = @user AND project_id = @project LIMIT 1;

-- name: settle
UPDATE "queued_mails" SET "address"='',"attempts"=attempts + 1,"claimed_until"=0,"finished_at"=@now,"last_reply"='250',"status"='sent' WHERE id = @link AND status = 'queued';
INSERT INTO events (id, project_id, kind, link_id, address_hash, detail, created_at) VALUES (@event, @project, 'mail.sent', @link, @hash, '', @now);

-- name: redeem
UPDATE "magic_links" SET "redeemed_at"=@now WHERE id = @link AND project_id = @project AND redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > @now;
UPDATE "emails" SET "verified_at"=@now WHERE id = @email AND project_id = @project AND verified_at IS NULL;
INSERT INTO sessions (id, project_id, user_id, email_id, token_id, key_id, method, more_factors, custom_claims, ip_address, user_agent, authenticated_at, started_at, last_accessed_at, expires_at, revoked_at) VALUES (@session, @project, @user, @email, @token, @key, 'magic_link', '[]', '{}', '', '', @now, @now, @now, @later, @null);

-- name: session
SELECT "sessions"."id","sessions"."project_id","sessions"."user_id","sessions"."email_id","sessions"."token_id","sessions"."key_id","sessions"."method","sessions"."more_factors","sessions"."custom_claims","sessions"."ip_address","sessions"."user_agent","sessions"."authenticated_at","sessions"."started_at","sessions"."last_accessed_at","sessions"."expires_at","sessions"."revoked_at" FROM "sessions" WHERE token_id = @token AND project_id = @project LIMIT 1;
UPDATE "sessions" SET "last_accessed_at"=@now WHERE (id = @session AND project_id = @project AND revoked_at IS NULL AND expires_at > @now) AND token_id = @token;

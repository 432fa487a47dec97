-- What a start of a new address and its redemption ask of PostgreSQL, in as many messages; of
-- the mail only that it is queued.
--
-- For pgbench, with n as the number before the first: each client counts on from there, so
-- that ids grow, and together with the client's own they are nobody else's.
\set n :n + 1
\startpipeline
BEGIN ISOLATION LEVEL READ COMMITTED;
INSERT INTO mailboxes (project_id, hash, starts, updated_at)
VALUES ('project-test-bench', sha256(int8send(:n) || int8send(:client_id)), '', 0)
ON CONFLICT (project_id, hash) DO UPDATE SET updated_at = mailboxes.updated_at RETURNING starts;
\endpipeline
\startpipeline
UPDATE mailboxes SET starts = int8send(:n), updated_at = :n
WHERE project_id = 'project-test-bench' AND hash = sha256(int8send(:n) || int8send(:client_id));
SELECT id, project_id, user_id, address, identity, verified_at, attached_until, created_at FROM emails
WHERE project_id = 'project-test-bench' AND identity = concat(:n::text, '.', :client_id::text, '@example.com') FOR SHARE;
SELECT status FROM users WHERE project_id = 'project-test-bench' AND id = (SELECT user_id FROM emails
	WHERE project_id = 'project-test-bench' AND identity = concat(:n::text, '.', :client_id::text, '@example.com'));
SELECT email_id, project_id, bounces, last_reply, last_bounce_at, suppressed_at FROM bounce_records WHERE email_id = (SELECT id FROM emails
	WHERE project_id = 'project-test-bench' AND identity = concat(:n::text, '.', :client_id::text, '@example.com'));
\endpipeline
\startpipeline
INSERT INTO emails (id, project_id, user_id, address, identity, created_at)
VALUES (int8send(:n) || int8send(:client_id), 'project-test-bench', int8send(:n) || int8send(:client_id),
	concat(:n::text, '.', :client_id::text, '@example.com'), concat(:n::text, '.', :client_id::text, '@example.com'), :n);
INSERT INTO users (id, project_id, status, created_at)
VALUES (int8send(:n) || int8send(:client_id), 'project-test-bench', 'active', :n);
INSERT INTO magic_links (id, project_id, user_id, email_id, key_id, kind, challenge, redirect_url, ip_address, user_agent, created_at, expires_at)
VALUES (int8send(:n) || int8send(:client_id), 'project-test-bench', int8send(:n) || int8send(:client_id), int8send(:n) || int8send(:client_id),
	1, 'signup', 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', 'http://127.0.0.1/authenticate', '', '', :n, :n + 1::bigint);
INSERT INTO queued_mails (id, project_id, link_id, status, attempts, next_attempt_at, claimed_until, last_reply, created_at, expires_at)
VALUES (int8send(:n) || int8send(:client_id), 'project-test-bench', int8send(:n) || int8send(:client_id), 'queued', 0, :n, 0, '', :n, :n + 1::bigint);
COMMIT;
\endpipeline
\startpipeline
SELECT id, project_id, user_id, email_id, key_id, kind, challenge, redirect_url, session_id, ip_address, user_agent, created_at, expires_at, opened_at,
	redeemed_at, revoked_at FROM magic_links WHERE id = int8send(:n) || int8send(:client_id);
SELECT id, project_id, status, first_name, middle_name, last_name, trusted_metadata, untrusted_metadata, external_id, kept, created_at FROM users
WHERE id = (SELECT user_id FROM magic_links WHERE id = int8send(:n) || int8send(:client_id));
SELECT id, project_id, user_id, address, identity, verified_at, attached_until, created_at FROM emails
WHERE user_id = (SELECT user_id FROM magic_links WHERE id = int8send(:n) || int8send(:client_id)) ORDER BY id;
\endpipeline
\startpipeline
BEGIN ISOLATION LEVEL READ COMMITTED;
UPDATE magic_links SET redeemed_at = :n
WHERE id = int8send(:n) || int8send(:client_id) AND redeemed_at IS NULL AND revoked_at IS NULL AND expires_at > :n;
\endpipeline
\startpipeline
UPDATE emails SET verified_at = :n WHERE id = int8send(:n) || int8send(:client_id) AND verified_at IS NULL;
UPDATE users SET status = 'active' WHERE id = int8send(:n) || int8send(:client_id) AND status = 'pending';
UPDATE magic_links SET revoked_at = :n
WHERE user_id = int8send(:n) || int8send(:client_id) AND kind = 'invite' AND redeemed_at IS NULL AND revoked_at IS NULL;
UPDATE magic_links SET revoked_at = :n
WHERE user_id = int8send(:n) || int8send(:client_id) AND challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
AND id <> int8send(:n) || int8send(:client_id) AND redeemed_at IS NULL AND revoked_at IS NULL;
INSERT INTO sessions (id, project_id, user_id, email_id, token_id, key_id, method, ip_address, user_agent,
	authenticated_at, started_at, last_accessed_at, expires_at)
VALUES (int8send(:n) || int8send(:client_id), 'project-test-bench', int8send(:n) || int8send(:client_id), int8send(:n) || int8send(:client_id),
	sha256(int8send(:n) || int8send(:client_id)), 1, 'magic_link', '', '', :n, :n, :n, :n + 1::bigint);
INSERT INTO events (id, project_id, kind, link_id, address_hash, detail, created_at)
VALUES (int8send(:n) || int8send(:client_id), 'project-test-bench', 'link.redeemed', int8send(:n) || int8send(:client_id),
	sha256(int8send(:n)), 'signup', :n);
COMMIT;
\endpipeline

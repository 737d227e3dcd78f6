// SPDX-FileCopyrightText: 2026 The frpx authors
// SPDX-License-Identifier: Apache-2.0

#include "frps/store/schema.h"

using namespace Qt::StringLiterals;

namespace frpx::server {

// Times are milliseconds since the epoch, UTC. Ids come from id_counters, because the syntax of automatic ids
// differs between databases, and because SQLite would reuse the id of a removed account.
const std::vector<Migration> &schemaMigrations()
{
    static const std::vector<Migration> migrations{
        {1,
            {
                u"CREATE TABLE id_counters (name TEXT NOT NULL PRIMARY KEY, last_id BIGINT NOT NULL)"_s,
                u"INSERT INTO id_counters (name, last_id) VALUES ('users', 0), ('tokens', 0)"_s,
                u"CREATE TABLE users ("
                "id BIGINT NOT NULL PRIMARY KEY, "
                "email TEXT NOT NULL UNIQUE, "
                "password_hash TEXT NOT NULL, "
                "loopback_only BOOLEAN NOT NULL, "
                "disabled BOOLEAN NOT NULL, "
                "created_at BIGINT NOT NULL)"_s,
                u"CREATE TABLE tokens ("
                "id BIGINT NOT NULL PRIMARY KEY, "
                "token_hash TEXT NOT NULL UNIQUE, "
                "token_prefix TEXT NOT NULL, "
                "user_id BIGINT NOT NULL REFERENCES users (id) ON DELETE CASCADE, "
                "created_at BIGINT NOT NULL, "
                "last_used_at BIGINT NOT NULL, "
                "expires_at BIGINT)"_s,
                u"CREATE INDEX tokens_by_user ON tokens (user_id)"_s,
                u"CREATE INDEX tokens_by_expiry ON tokens (expires_at)"_s,
            }},
        {2,
            {
                u"CREATE TABLE port_leases ("
                "id BIGINT NOT NULL PRIMARY KEY, "
                "user_name TEXT NOT NULL, "
                "tunnel TEXT NOT NULL, "
                "protocol TEXT NOT NULL, "
                "port INTEGER NOT NULL, "
                "imported BOOLEAN NOT NULL, "
                "created_at BIGINT NOT NULL, "
                "UNIQUE (protocol, port), "
                "UNIQUE (user_name, tunnel, protocol))"_s,
                u"INSERT INTO id_counters (name, last_id) VALUES ('port_leases', 0), ('port_lease_changes', 0)"_s,
            }},
        {3,
            {
                u"CREATE TABLE api_tokens ("
                "id BIGINT NOT NULL PRIMARY KEY, "
                "token_hash TEXT NOT NULL UNIQUE, "
                "token_prefix TEXT NOT NULL, "
                "name TEXT NOT NULL, "
                "access TEXT NOT NULL, "
                "created_at BIGINT NOT NULL, "
                "last_used_at BIGINT, "
                "expires_at BIGINT)"_s,
                u"INSERT INTO id_counters (name, last_id) VALUES "
                "('api_tokens', 0), ('account_changes', 0), ('account_revocations', 0)"_s,
            }},
        {4,
            {
                u"ALTER TABLE users ADD COLUMN client_ids TEXT"_s,
                u"ALTER TABLE users ADD COLUMN tunnel_names TEXT"_s,
                u"ALTER TABLE users ADD COLUMN ports TEXT"_s,
                u"ALTER TABLE users ADD COLUMN max_tunnels BIGINT"_s,
                u"ALTER TABLE users ADD COLUMN max_connections BIGINT"_s,
                u"ALTER TABLE users ADD COLUMN bandwidth BIGINT"_s,
            }},
        {5, {u"ALTER TABLE port_leases ADD COLUMN used_at BIGINT"_s}},
    };
    return migrations;
}

} // namespace frpx::server

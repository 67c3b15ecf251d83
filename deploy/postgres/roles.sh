#!/bin/bash
# Run once by the postgres image on an empty volume: the two roles that own nothing. `throughline migrate` grants them
# what they need; it would create them itself, but without passwords.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set app="$APP_PASSWORD" --set relay="$RELAY_PASSWORD" <<'SQL'
create role throughline_app login password :'app';
create role throughline_relay login password :'relay';
SQL

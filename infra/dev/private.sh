# shellcheck shell=bash
# The private processes of one data directory: how they start and stop. Source it after lib.sh, with
# `data` set to the directory.
#   DIR/secret, DIR/pg (cluster), DIR/kafka (brokers), DIR/run (sockets, notes of pids), DIR/log,
#   DIR/demo, DIR/flashpoll.toml

: "${data:?}" "${root:?}"

# Stops in this order: whoever uses comes before what is used.
stop_all() {
  stop_remembered "$data/run/demo.pid" TERM 5
  stop_remembered "$data/run/flashpoll.pid" TERM 12
  stop_kafka
  stop_remembered "$data/run/postgres.pid" INT 60 # fast shutdown; SIGTERM would wait for sessions
}

# spawn NAME COMMAND…: starts a process of its own session that keeps nothing of ours open; $! is its
# pid. It notes itself before it becomes the command, so that not even a crash right here loses track
# of it; we note it too, as it may take a moment to do so.
spawn() {
  local name=$1
  shift
  (
    remember "$data/run/$name.pid" "$BASHPID"
    exec </dev/null >>"$data/log/$name.log" 2>&1
    for descriptor in /proc/"$BASHPID"/fd/*; do
      descriptor=${descriptor##*/}
      if ((descriptor > 2 && descriptor != 255)); then eval "exec $descriptor>&-"; fi
    done
    exec setsid "$@"
  ) &
  remember "$data/run/$name.pid" "$!" || true # it may have ended already
}

# Before a command that shall run as the owner of the cluster: PostgreSQL refuses to be root.
as_postgres=()
if ((EUID == 0)); then
  as_postgres=(setpriv --reuid=postgres --regid=postgres --init-groups --)
fi

make_cluster() {
  if [[ -s $data/pg/PG_VERSION ]]; then return; fi
  say "Creating the database cluster in $data/pg"
  rm -rf "$data/pg" # a creation that was interrupted has no PG_VERSION in the end
  install -d -m 700 "$data/pg"
  if ((EUID == 0)); then chown postgres:postgres "$data/pg"; fi
  (
    cd /
    "${as_postgres[@]}" "$postgres_bin/initdb" -D "$data/pg" -U flashpoll -A trust --encoding=UTF8 \
      --locale=C --data-checksums >"$data/log/initdb.log" 2>&1
  ) || fail 1 "initdb failed: see $data/log/initdb.log"
}

# Everybody is trusted, but only who may enter the socket's folder comes that far.
start_postgres() {
  local sockets=$data/run/pg version=15
  if ((${#sockets} + 15 > 107)); then
    fail 2 "$data is too long a path for a Unix socket: choose another --data"
  fi
  install -d -m 700 "$sockets"
  if [[ -s $data/pg/PG_VERSION ]]; then version=$(<"$data/pg/PG_VERSION"); fi
  postgres_bin=/usr/lib/postgresql/$version/bin
  if ((EUID == 0)); then
    chown postgres:postgres "$sockets"
    "${as_postgres[@]}" test -x "$sockets" ||
      fail 2 "the user postgres cannot enter $data: choose another --data"
  fi
  make_cluster
  local tries=60
  until launch_postgres; do
    # After a crash the old server may be there for a moment more: its sessions, which have yet to
    # notice, or its pid, which nobody has asked for.
    if ((tries-- == 0)) ||
      ! tail -n 3 "$data/log/postgres.log" | grep -qE 'still in use|"postmaster.pid" already'; then
      fail 1 "PostgreSQL did not come up: see $data/log/postgres.log"
    fi
    sleep 0.25
  done
  "$postgres_bin/psql" -XqAt -h "$sockets" -U flashpoll -d postgres >&2 <<'SQL'
select 'create database flashpoll' where not exists
  (select from pg_database where datname = 'flashpoll') \gexec
SQL
}

# The database that start_postgres has made, for the setting `database`.
private_database() { echo "host='$data/run/pg' user=flashpoll dbname=flashpoll"; }

launch_postgres() {
  local sockets=$data/run/pg
  # wal_init_zero: filling a new segment with zeros holds up every commit for tens of milliseconds;
  # durability does not rest on it.
  spawn postgres "${as_postgres[@]}" "$postgres_bin/postgres" -D "$data/pg" \
    -c listen_addresses= -c unix_socket_directories="$sockets" -c unix_socket_permissions=0700 \
    -c fsync=on -c full_page_writes=on -c synchronous_commit=on \
    -c shared_buffers=256MB -c max_wal_size=2GB -c min_wal_size=256MB -c wal_compression=lz4 \
    -c wal_init_zero=off \
    -c checkpoint_timeout=15min -c max_connections=100 -c timezone=UTC -c log_timezone=UTC
  wait_until 60 postgres_settled && remembered "$data/run/postgres.pid" >/dev/null
}

# It answers, or has ended.
postgres_settled() {
  not remembered "$data/run/postgres.pid" ||
    "$postgres_bin/pg_isready" -q -h "$data/run/pg" -U flashpoll -d postgres
}

# start_kafka COUNT: brokers on free ports of 127.0.0.1, as many as there have been or, for the first
# time, COUNT. They run as who starts them, like the service.
start_kafka() {
  local node from=()
  "$root/infra/dev/kafka" prepare "$data/kafka" "$1"
  for node in $(broker_numbers); do
    from[node]=$(stat -c %s "$data/log/kafka-$node.log" 2>/dev/null || echo 0)
    spawn "kafka-$node" "$root/infra/dev/kafka" exec "$data/kafka" "$node"
  done
  for node in $(broker_numbers); do # after a crash a broker reads first what it wrote last
    if ! wait_until 300 broker_settled "$node" "${from[node]}" ||
      ! remembered "$data/run/kafka-$node.pid" >/dev/null; then
      fail 1 "Kafka's broker $node did not come up: see $data/log/kafka-$node.log"
    fi
  done
}

broker_numbers() {
  local file
  for file in "$data"/kafka/node-*.properties; do
    file=${file##*/node-}
    echo "${file%.properties}"
  done
}

# broker_settled N FROM: since that byte of its log it has said that the others know it and that it
# takes records, or it has ended.
broker_settled() {
  not remembered "$data/run/kafka-$1.pid" ||
    tail -c "+$(($2 + 1))" "$data/log/kafka-$1.log" | grep -q 'Kafka Server started'
}

# The brokers are told together, so that each can hand over what it leads while there is a majority.
# The last ones may wait for one in vain: killing them loses nothing that they took.
stop_kafka() {
  local note pid
  for note in "$data"/run/kafka-*.pid; do
    if pid=$(remembered "$note"); then kill -TERM "$pid" 2>/dev/null || true; fi
  done
  for note in "$data"/run/kafka-*.pid; do
    if [[ -e $note ]]; then stop_remembered "$note" TERM 20; fi
  done
}

# The brokers that start_kafka has started, for the setting `kafka.bootstrap.servers`.
private_brokers() { "$root/infra/dev/kafka" servers "$data/kafka"; }

#!/usr/bin/env bash
# Starts nginx as a login gateway with TLS 1.3 and a fixed answer, for profiles/tls-storm.toml.
# Usage: tests/nginx/start.sh [--port 9443] [--dir DIR]
# Everything it makes lies in DIR (target/nginx unless told otherwise): a CA and a certificate for localhost, ca.pem, and
# access.log with a line for each request, and status.sock, which tells of its connections. It ends when its standard input closes, if that is no terminal.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
port=9443
dir=${CARGO_TARGET_DIR:-$here/../../target}/nginx
while [ $# -gt 0 ]; do
  case $1 in
    --port) port=$2; shift ;;
    --dir) dir=$2; shift ;;
    *) echo "unknown: $1" >&2; exit 2 ;;
  esac
  shift
done

nginx=$(command -v nginx || echo /usr/sbin/nginx)
if [ ! -x "$nginx" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get install -qy --no-install-recommends nginx-light >&2 || true
fi
if [ ! -x "$nginx" ] || ! command -v openssl >/dev/null; then
  echo "nginx or openssl is missing: install the packages nginx-light and openssl" >&2
  exit 1
fi

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
cd "$dir"
rm -f access.log error.log status.sock
if [ ! -f localhost.pem ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=trtc-load test CA" \
    -keyout ca.key -out ca.pem 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" \
    -keyout localhost.key -out localhost.csr 2>/dev/null
  openssl x509 -req -in localhost.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 3650 \
    -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1") -out localhost.pem 2>/dev/null
fi

# One line a request: the connection's number, which of its requests this is, and how its handshake went.
cat >nginx.conf <<CONF
pid $dir/nginx.pid;
error_log $dir/error.log warn;
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
events { worker_connections 16000; }
http {
  log_format lines '\$connection \$connection_requests \$ssl_protocol \$ssl_session_reused \$server_protocol \$request_uri';
  access_log $dir/access.log lines;
  client_body_temp_path $dir/body;
  proxy_temp_path $dir/proxy;
  fastcgi_temp_path $dir/fastcgi;
  uwsgi_temp_path $dir/uwsgi;
  scgi_temp_path $dir/scgi;
  default_type application/json;
  keepalive_requests 100000;
  # Also of those connections that never got as far as a request, which no access log has.
  server {
    listen unix:status.sock;
    access_log off;
    location / { stub_status; }
  }
  server {
    listen 127.0.0.1:$port ssl http2 backlog=4096;
    ssl_certificate $dir/localhost.pem;
    ssl_certificate_key $dir/localhost.key;
    ssl_protocols TLSv1.3;
    ssl_session_tickets on;
    location = /v1/login { return 200 '{"code":0,"token":"t"}'; }
    location = /v1/logout { return 200 '{"code":0}'; }
    location = /v1/reconnect { return 200 '{"code":0}'; }
  }
}
CONF
"$nginx" -c "$dir/nginx.conf" -p "$dir" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null' EXIT
for _ in $(seq 100); do
  if [ -f nginx.pid ] && (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
    echo "listening on https://localhost:$port"
    break
  fi
  kill -0 "$server" 2>/dev/null || { cat error.log >&2; exit 1; }
  sleep 0.1
done
if [ -t 0 ]; then wait "$server"; else cat >/dev/null; fi

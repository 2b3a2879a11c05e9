# Sourced by ./dip and ./test: what they need of the machine. Expects $root.

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# Our messages are English, and a bare system may have no ICU, without which the SDK would not start.
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

stop() { echo "${0##*/}: $*" >&2; exit 1; }

# Which libtorch to build with.
cuda=${DIP_CUDA:-false}
[[ $cuda = true || $cuda = false ]] || stop "DIP_CUDA is '$cuda'; accepted: true or false."

# An SDK installed for one user is not always on the path.
find_dotnet() {
  command -v dotnet >/dev/null && return
  local folder
  for folder in "${DOTNET_ROOT:-}" "${HOME:-}/.dotnet" /usr/share/dotnet /usr/lib/dotnet; do
    if [ -x "$folder/dotnet" ]; then
      export DOTNET_ROOT=$folder PATH=$folder:$PATH
      return
    fi
  done
  stop "the .NET 10 SDK is missing; install it (https://dotnet.microsoft.com/download/dotnet/10.0) and try again."
}

need_sdk() {
  find_dotnet
  local sdks; sdks=$(cd / && dotnet --list-sdks)
  grep -q '^10\.' <<<"$sdks" ||
    stop "the .NET 10 SDK is missing (found: $(tr '\n' ' ' <<<"${sdks:-none}")); install it (https://dotnet.microsoft.com/download/dotnet/10.0) and try again."
}

# OpenCV's native library asks for GTK 3, libdrm and libatomic; libtorch brings what it needs.
missing_libraries() {
  [ "$(uname -s)" = Linux ] || return 0
  local known soname
  known=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null) || return 0
  for soname in libgtk-3.so.0 libdrm.so.2 libatomic.so.1; do
    [[ $known == *"$soname "* ]] || echo "$soname"
  done
}

# Where jemalloc lies, if it is installed; nothing needs it.
jemalloc() {
  local known
  known=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null) || return 0
  # Of a 32-bit one it says no more than (libc6).
  sed -n 's/^[[:space:]]*libjemalloc\.so\.2 (libc6,[^)]*) => //p;T;q' <<<"$known"
}

packages_of() {
  local soname
  for soname; do
    case $soname in
      # Renamed in Debian 13 and Ubuntu 24.04.
      libgtk-3.so.0) if apt-cache show libgtk-3-0t64 >/dev/null 2>&1; then echo libgtk-3-0t64; else echo libgtk-3-0; fi ;;
      libdrm.so.2) echo libdrm2 ;;
      libatomic.so.1) echo libatomic1 ;;
    esac
  done
}

need_libraries() {
  local missing
  mapfile -t missing < <(missing_libraries)
  [ ${#missing[@]} -gt 0 ] || return 0
  install_missing "${missing[*]}" "the packages that hold them (GTK 3, libdrm, libatomic)" packages_of "${missing[@]}"
}

# Servers that tests start for themselves, each on a port and in a folder of its own, and what they look at containers with:
# package:where it puts its program.
servers=(
  "docker-compose:/usr/bin/docker-compose"
  "bubblewrap:/usr/bin/bwrap"
  "postgresql:/usr/lib/postgresql/*/bin/initdb"
  "rabbitmq-server:/usr/lib/rabbitmq/bin/rabbitmq-server"
  "nodejs:/usr/bin/node"
  "npm:/usr/bin/npm"
)

missing_servers() {
  [ "$(uname -s)" = Linux ] || return 0
  local server
  for server in "${servers[@]}"; do
    compgen -G "${server#*:}" >/dev/null || echo "${server%%:*}"
  done
}

need_servers() {
  local missing
  mapfile -t missing < <(missing_servers)
  [ ${#missing[@]} -gt 0 ] || return 0
  without_services install_missing "${missing[*]}" "these servers and tools" echo "${missing[@]}"
  mapfile -t missing < <(missing_servers)
  [ ${#missing[@]} -eq 0 ] || stop "${missing[*]} was installed, and its program is not where tests look for it: $(places_of "${missing[@]}")."
}

# A compiler of C++, by which tests run a GPU's kernels on the CPU.
need_compiler() {
  command -v g++ >/dev/null || install_missing g++ "a compiler of C++" echo g++
}

# An S3 server, of JavaScript, into artifacts/: nothing of the system's changes.
s3_server=s3rver@3.7.1
need_s3_server() {
  local folder=$root/artifacts/s3rver log
  [ "$(uname -s)" = Linux ] || return 0
  grep -qs "\"version\": \"${s3_server#*@}\"" "$folder/node_modules/s3rver/package.json" && return
  echo "${0##*/}: installing $s3_server..." >&2
  mkdir -p "$folder"
  log=$(mktemp)
  if ! (cd "$folder" && npm install --prefix . --no-save --no-audit --no-fund --no-package-lock --loglevel error "$s3_server") >"$log" 2>&1 </dev/null; then
    cat "$log" >&2
    stop "installing $s3_server failed; see above."
  fi
  rm -f "$log"
}

places_of() {
  local server name
  for name; do
    for server in "${servers[@]}"; do
      [ "${server%%:*}" != "$name" ] || echo "${server#*:}"
    done
  done | paste -sd' '
}

# Installs what is missing where this user may; else says exactly what to run.
# install_missing WHAT WORDS COMMAND...: COMMAND prints the packages, once apt knows them.
install_missing() {
  local what=$1 words=$2 sudo= log; shift 2
  command -v apt-get >/dev/null || stop "the system lacks $what; install $words and try again."
  if [ "$(id -u)" -ne 0 ]; then
    sudo=sudo
    if ! sudo -n true 2>/dev/null; then
      stop "the system lacks $what; run this and try again:
  sudo apt-get update && sudo apt-get install -y --no-install-recommends $("$@" | paste -sd' ')"
    fi
  fi
  echo "${0##*/}: installing $what..." >&2
  log=$(mktemp)
  if ! { when_apt_is_free "$log" $sudo apt-get update &&
    when_apt_is_free "$log" $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $("$@"); }; then
    cat "$log" >&2
    stop "installing $what failed; see above."
  fi
  rm -f "$log"
}

# Runs a command under which Debian starts no service of what it installs: it asks this file, by its policy.
policy=/usr/sbin/policy-rc.d
without_services() {
  local sudo=
  [ "$(id -u)" -eq 0 ] || sudo="sudo -n"
  # Both are quiet: where sudo says no at once, there is nobody to print to.
  if [ -e "$policy" ] || ! { printf '#!/bin/sh\nexit 101\n' | $sudo tee "$policy"; } >/dev/null 2>&1; then
    "$@"
    return
  fi
  (
    trap '$sudo rm -f "$policy"' EXIT
    $sudo chmod +x "$policy"
    "$@"
  )
}

# Runs apt-get; where another process, such as the updates of a machine just started, holds one of its locks, again for two minutes.
# DPkg::Lock::Timeout would wait for the lock of dpkg only.
when_apt_is_free() {
  local log=$1 attempt; shift
  for attempt in {1..24}; do
    ! "$@" >"$log" 2>&1 </dev/null || return 0
    grep -qE 'Could not get lock|Unable to (acquire|lock)' "$log" || return 1
    [ "$attempt" -gt 1 ] || echo "${0##*/}: waiting for another process to be done with apt..." >&2
    sleep 5
  done
  return 1
}

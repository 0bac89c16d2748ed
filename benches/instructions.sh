#!/usr/bin/env bash
# Instructions per call of each case, by callgrind: the difference of two run lengths, so that start-up does not count.
# Compares them with benches/instructions.txt; `BLESS=1` writes that file instead.
set -euo pipefail
cd "$(dirname "$0")/.."
known=benches/instructions.txt
tolerance=3 # instructions: the linker's choices move a figure by one or two
cargo build --quiet --profile bench -p resilience-benches --bin instructions
program=target/release/instructions
[ -n "${CARGO_TARGET_DIR:-}" ] && program=$CARGO_TARGET_DIR/release/instructions

count() { # a case, a number of calls
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$1" "$2" 2>&1 |
        sed -n 's/^.*Collected : \([0-9]*\).*$/\1/p'
}

failed=0
[ -n "${BLESS:-}" ] && : >"$known"
for name in $("$program"); do
    few=$(count "$name" 10000)
    many=$(count "$name" 30000)
    each=$(((many - few + 10000) / 20000))
    if [ -n "${BLESS:-}" ]; then
        echo "$name $each" | tee -a "$known"
        continue
    fi
    expected=$(sed -n "s/^$name //p" "$known")
    echo "$name: $each instructions a call, $expected committed"
    if [ -z "$expected" ] || [ "$each" -gt $((expected + tolerance)) ] || [ "$each" -lt $((expected - tolerance)) ]; then
        failed=1
        echo "  differs: if that is meant, BLESS=1 benches/instructions.sh and say why in the commit"
    fi
done
exit "$failed"

#!/usr/bin/env bash
# Instructions per call of our main cases, by callgrind, against benches/instructions.txt; `BLESS=1` writes that file.
set -euo pipefail
cd "$(dirname "$0")/.."
exec cargo run --quiet --profile bench -p resilience-benches --bin instructions -- --check

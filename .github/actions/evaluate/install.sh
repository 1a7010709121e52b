#!/usr/bin/env bash
# Installs this revision of the harness into the Python on the PATH. EXTRAS names extras, separated by commas.
set -euo pipefail
: "${EXTRAS?}"
root=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../../..")
if [[ ! $EXTRAS =~ ^([a-z]+(,[a-z]+)*)?$ ]]; then
  echo "::error::extras must be names separated by commas" && exit 2
fi
python3 -m pip install -q -c "$root/constraints.txt" "$root${EXTRAS:+[$EXTRAS]}"

#!/usr/bin/env bash
# Installs a wheel into an environment of its own and uses it, away from the checkout. DIST holds the wheel, SOURCE is the
# checkout, of which only constraints.txt and an example's outputs are read.
set -euo pipefail
: "${DIST:?}" "${SOURCE:?}"
SOURCE=$(realpath "$SOURCE")
wheels=("$(realpath "$DIST")"/*.whl)
((${#wheels[@]} == 1)) || { echo "::error::there must be one wheel in $DIST"; exit 2; }
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
cd "$home"
python3 -m venv fresh
fresh/bin/python -m pip install -q -c "$SOURCE/constraints.txt" "${wheels[0]}[bundled]"
fresh/bin/vidchatbench --version
fresh/bin/vidchatbench doctor --profile bundled
fresh/bin/vidchatbench eval --pred "$SOURCE/examples/outputs/faithful" --limit 2 --out run
test -s run/results.json

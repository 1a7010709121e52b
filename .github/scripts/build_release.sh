#!/usr/bin/env bash
# Builds sdist and wheel into dist/ and looks at what would be uploaded. TAG is the tag, v1.2.3.
set -euo pipefail
: "${TAG:?}"
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
version=$(python3 -c 'import tomllib; print(tomllib.load(open("pyproject.toml", "rb"))["project"]["version"])')
if [[ $TAG != "v$version" ]]; then
  printf '::error::the tag %q is not v%s, the version in pyproject.toml\n' "$TAG" "$version"
  exit 2
fi
rm -rf dist
python3 -m build --no-isolation --outdir dist .
python3 .github/scripts/check_dist.py dist "$version"

#!/bin/sh
# Prints the newest Python on PATH that the site supports (requires-python in pyproject.toml) and that
# can create environments. With arguments: the first of these programs whose version is supported.
set -eu
cd "$(dirname "$0")/.."
range=$(sed -n 's/^requires-python = ">=3\.\([0-9]*\),<3\.\([0-9]*\)"$/\1 \2/p' pyproject.toml)
oldest=${range% *}
after=${range#* }

modules=sys
if [ $# = 0 ]; then
	modules="sys, ensurepip, venv" # Debian has these in a package of their own
	minor=$((after - 1))
	while [ "$minor" -ge "$oldest" ]; do
		set -- "$@" "python3.$minor"
		minor=$((minor - 1))
	done
	set -- "$@" python3 python
fi

for name in "$@"; do
	program=$(command -v "$name") || continue
	if "$program" -c "import $modules; sys.exit(not (3, $oldest) <= sys.version_info[:2] < (3, $after))" 2>/dev/null; then
		echo "$program"
		exit
	fi
done
exit 1

# Needs Node.js, Go and make; everything else is obtained into .tools/.
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Settings, e.g. `make up STACK=prod`, `make down FORCE=1`, `make doctor FORMAT=json`, `make up RETRY=1`.
STACK ?= dev
# Of an embedded cluster's API server; a free one when left out.
CLUSTER_PORT ?= $(if $(filter dev,$(STACK)),6443)
# Of its object storage; a free one when left out.
STORAGE_PORT ?=
FORMAT ?= text

TOOLCHAIN = node dist/toolchain.js

.PHONY: help up preview rotate down doctor env test prepared

help: ## what there is to make
	@echo 'Settings: STACK=$(STACK) CLUSTER_PORT=$(or $(CLUSTER_PORT),(any free)) STORAGE_PORT=(any free) FORCE=1 (down) FORMAT=json (doctor) RETRY=1 (asks again for downloads)'
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

up: prepared ## bring the stack up: tools, embedded cluster, platform; run again, it continues
	@$(TOOLCHAIN) up --stack '$(STACK)' --cluster-port '$(CLUSTER_PORT)' --storage-port '$(STORAGE_PORT)' $(if $(RETRY),--retry)

preview: prepared ## show what `make up` would change; JSON=FILE for `matrice review`
	@$(TOOLCHAIN) preview --stack '$(STACK)' --cluster-port '$(CLUSTER_PORT)' --storage-port '$(STORAGE_PORT)' $(if $(RETRY),--retry) $(if $(JSON),--output '$(JSON)')

rotate: prepared ## change the stack's generated passwords and bring it up with the new ones
	@$(TOOLCHAIN) rotate --stack '$(STACK)' --cluster-port '$(CLUSTER_PORT)' --storage-port '$(STORAGE_PORT)'

down: prepared ## destroy an embedded stack and its cluster; FORCE=1 when the cluster is dead
	@$(TOOLCHAIN) down --stack '$(STACK)' $(if $(FORCE),--force)

doctor: prepared ## show which tools are in force, from where, what is missing and the mend
	@$(TOOLCHAIN) doctor --format '$(FORMAT)'

env: prepared ## print settings for plain pulumi and kubectl: eval "$(make -s env)"
	@$(TOOLCHAIN) env --stack '$(STACK)'

test: prepared ## run every check and test; ONLY=eslint,unit some
	@$(TOOLCHAIN) test --only '$(ONLY)'

# Code that can't be bundled stops what it would be part of, not looking and cleaning up; `test` counts it.
down doctor env test: IF_BROKEN = || test -f dist/toolchain.js

# Output is kept off stdout, which `env` gives to a shell. The packages' own scripts download plugins and compile parts that
# nothing here needs; what this package's would do, the last line does.
prepared:
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
		|| { echo 'Node.js 20.19 or later is needed: https://nodejs.org' >&2; exit 1; }
	@node toolchain/packages.js || { \
		echo '  Installing npm packages …' >&2 && start=$$(date +%s) && \
		npm ci --ignore-scripts --no-fund --no-audit --loglevel=error >&2 && \
		echo "✓ Installing npm packages  $$(( $$(date +%s) - start )) s" >&2; }
	@node toolchain/bundle.js >&2 $(IF_BROKEN)

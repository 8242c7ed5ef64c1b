# 输入 make 看有哪些目标。Everything runs through ./zhibu, which builds what it needs.

ARGS ?=
# One more than there are processors: some tests wait, for a process to die or a clock to run.
WORKERS = $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

.DEFAULT_GOAL := help
.PHONY: help run test check format lint bench peers docs corpus audit lock

help: ## 列出这些目标 (this list)
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## 启动服务 (serve; options in ARGS="…")
	./zhibu serve $(ARGS)

test: ## 跑测试，可加 ARGS="tests/unit -k 党费" (the tests)
	./zhibu test $(ARGS)

check: lint ## 提交前的全部检查 (format, lint, types, import contracts, tests, coverage)
	./zhibu test -n $(WORKERS) --maxprocesses 4 --dist worksteal --cov --cov-report= --cov-fail-under=0
	./zhibu dev coverage report

lint: ## 只查格式、写法、类型和分层 (everything of check but the tests)
	./zhibu dev ruff format --check .
	./zhibu dev ruff check .
	./zhibu dev mypy
	./zhibu dev lint-imports --no-logo

format: ## 整理格式 (rewrite files as ruff wants them)
	./zhibu dev ruff check --select I --fix .
	./zhibu dev ruff format .

bench: ## 量速度 (side-by-side ratios, never a test)
	./zhibu dev python -m bench $(ARGS)

docs: ## 重新生成 docs/rules.md、docs/openapi.json、docs/commands.md 和对话里机器人的话，之后看差异 (review the diff)
	./zhibu dev python -m bot.web.api.page > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json
	./zhibu dev python -m bot.services.rules_doc > docs/rules.md.new && mv docs/rules.md.new docs/rules.md
	./zhibu test --rewrite-scenarios tests/test_scenarios.py tests/unit/test_registries.py

peers: ## 请腾讯自己的加解密库来对一遍，要先装 Node.js (Tencent's own library as a client; needs the network)
	./zhibu dev python -m tests.peers

corpus: ## 消息读得怎么样，可加 DIR=文件夹 (scores of the labelled messages; RECORD=--record keeps them as floors)
	./zhibu dev python -m tests.corpus $(DIR) $(RECORD)

audit: ## 查依赖的已知漏洞 (known holes in what we depend on; needs the network)
	./zhibu dev python -m tests.audit

COMPILE = uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --no-annotate --quiet $(ARGS)

lock: ## 重新锁定依赖，要先装 uv；升级加 ARGS=--upgrade (pin anew)
	@command -v uv >/dev/null || { echo '需要 uv：pip install uv' >&2; exit 2; }
	$(COMPILE) -o requirements/base.lock
	$(COMPILE) -c requirements/base.lock --extra scale -o requirements/scale.lock
	$(COMPILE) -c requirements/scale.lock --extra scale --group dev -o requirements/dev.lock
	@! grep -n '://' requirements/*.lock || { echo '锁文件里不能有网址' >&2; exit 1; }
